#pragma once

#include "core/experiment/analysis.h"
#include "core/features/pool_generated.h"
#include "core/image/noise.h"

#include <vector>

namespace scalescope {

/// What images `noise` makes.
struct NoiseSettings {
  NoiseKind kind = NoiseKind::Gaussian;
  std::vector<int> sizes; ///< sides in pixels
  int images = 30;        ///< of each size
  std::uint64_t seed = 0;
};

/// Rows of `noise`: images without any content, of several sizes; the target is the side in pixels. What is read from
/// them is the image's size alone, as zero padding leaks it. Every image is a group of its own.
/// @param positions that maps are pooled over. @throws Error as pool_generated_images.
[[nodiscard]] Extraction noise_sizes(const Network& network, const ExtractionSettings& settings,
                                     const NoiseSettings& noise, Positions positions, const std::stop_token& stop = {},
                                     const JobCallback& progress = {});

/// Those of the layers that have positions free of padding at every one of the sizes.
[[nodiscard]] std::vector<std::string>
layers_without_padding(const Network& network, const std::vector<std::string>& layers, const std::vector<int>& sizes);

} // namespace scalescope
