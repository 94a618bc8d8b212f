#pragma once

#include "core/features/extract_samples.h"
#include "core/probe/bootstrap.h"
#include "core/probe/score.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace scalescope {

/// A layer that a curve's peak is compared with.
struct Landmark {
  std::size_t layer = 0;
  std::string words; ///< "the last feature map", "the output", "the softmax"
};

/// How much a layer's R2 depends on which images there are.
struct LayerUncertainty {
  Interval interval;         ///< the middle 95 % of R2 in the resamples
  double standard_error = 0; ///< standard deviation of R2 in the resamples
  double peak_share = 0;     ///< the share of the resamples in which this layer's R2 is the highest of all, 0 to 1
};

/// R2 of the peak minus that of another layer in the same resamples.
struct PeakDifference {
  Landmark from;
  double value = 0; ///< of all images
  Interval interval;
};

/// A curve's uncertainty over images, by a bootstrap (see resampled_r2).
struct Uncertainty {
  int resamples = 0;
  std::uint32_t seed = 0;
  std::vector<LayerUncertainty> layers;
  std::vector<PeakDifference> differences; ///< from the landmarks that are not the peak itself
};

inline constexpr int bootstrap_resamples = 2000;

/// @param held_out, scores one per layer. @param rows with the held-out predictions' targets and groups.
/// @param peak the layer that is compared with the landmarks: that with the highest R2 of all images. Because it was
///        chosen on the same images, its R2 is a little too high on average.
[[nodiscard]] Uncertainty uncertainty_of(std::span<const HeldOut> held_out, const Scores& scores,
                                         const std::vector<Row>& rows, std::size_t peak,
                                         std::span<const Landmark> landmarks, std::uint32_t seed);

} // namespace scalescope
