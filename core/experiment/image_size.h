#pragma once

#include "core/experiment/analysis.h"
#include "core/experiment/experiment_text.h"

#include <vector>

namespace scalescope {

/// Nine sides from 160 to 480 pixels.
[[nodiscard]] std::vector<int> default_sizes();

/// Rows of `image-size`: every whole image at several sizes. The object's share of the image stays the same; the target
/// is the side in pixels. Rows of one image share its group. Images that can't be read are left out and listed.
/// @throws Error as pool_generated_images, also if the network can't take images of one of the sizes.
[[nodiscard]] Extraction image_sizes(const Network& network, const std::vector<Sample>& samples,
                                     const ExtractionSettings& settings, const std::vector<int>& sizes,
                                     const std::stop_token& stop = {}, const JobCallback& progress = {});

/// Its report: question, settings, remarks.
[[nodiscard]] ExperimentText image_size_text(const std::vector<int>& sizes);

} // namespace scalescope
