#pragma once

#include "core/features/extract_samples.h"
#include "core/probe/folds.h"

#include <cstdint>
#include <stop_token>
#include <vector>

namespace scalescope {

/// R2 of every layer with fewer images.
struct LearningCurve {
  static constexpr int draws = 5; ///< of the images, for each number of them

  struct Step {
    int images = 0;                         ///< groups that were drawn
    std::vector<double> r2;                 ///< one per layer: mean over the draws
    std::vector<double> standard_deviation; ///< over the draws
  };
  std::vector<Step> steps; ///< an eighth, a quarter, half and all of the images, where these are enough for the folds
};

/// Draws images without replacement, and measures R2 within them, each time with other folds. With all images only the
/// folds differ.
/// @param probe with the features of the rows. @param protocol of the fits.
/// @throws Error as Probe::score; Cancelled when stopped.
[[nodiscard]] LearningCurve learning_curve(const Probe& probe, const std::vector<Row>& rows, Protocol protocol,
                                           std::uint32_t seed, int threads, const std::stop_token& stop = {},
                                           const Progress& progress = {});

} // namespace scalescope
