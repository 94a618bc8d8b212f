#pragma once

#include "core/experiment/layer_measures.h"
#include "core/features/extract_samples.h"

#include <vector>

namespace scalescope {

/// The settings of the experiment equivariance.
struct EquivarianceSettings {
  ExtractionSettings extraction;           ///< only layers, preprocessing and batch are used
  std::vector<double> zooms{1.25, 1.5, 2}; ///< linear enlargements of the image's middle, above 1
  int images = 200;                        ///< at most, drawn at random; 0: all
  std::uint32_t seed = 0;
};

/// Compares the maps of every image with those of its enlarged middle: see subspace_scores. Maps are averaged to at
/// most 7 x 7 positions first, the same for all layers where they have as many. A layer without positions counts as
/// one; it has no equivariance, and its invariance is the correlation of its values.
/// @throws Error as pool_generated_images, or if fewer than two images can be read; Cancelled when stopped.
[[nodiscard]] LayerMeasures equivariance(const Network& network, const std::vector<Sample>& samples,
                                         const EquivarianceSettings& settings, const std::stop_token& stop = {},
                                         const JobCallback& progress = {});

} // namespace scalescope
