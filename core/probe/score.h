#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace scalescope {

/// How well a target is read from one layer.
struct LayerScore {
  std::vector<double> r2; ///< of the held-out predictions, one per repetition
  /// The largest z-score of a held-out feature, over all splits: its distance from the mean of the fitted rows in their
  /// standard deviations. 0 in the paper protocol. A channel that is almost never active makes it large; then R2
  /// depends on the few images with this channel.
  double largest_z_score = 0;
  [[nodiscard]] double mean() const;
  [[nodiscard]] double
  standard_deviation() const; ///< population standard deviation over the repetitions (divides by R)
};

/// Scores of every layer for one set of targets.
using Scores = std::vector<LayerScore>;

/// Called with the finished share, 0 to 1; from any thread, one call at a time.
using Progress = std::function<void(double)>;

/// One finished entry of the scores: scores[set][layer].r2[repetition].
struct PartialScore {
  std::size_t set = 0;
  std::size_t layer = 0;
  std::size_t repetition = 0;
  double r2 = 0;
  std::span<const int> held_out;       ///< rows, ascending; valid during the call
  std::span<const double> predictions; ///< one for each of them, by a regression that was not fitted on it; likewise
};

/// Called once for every finished entry; from any thread, one call at a time, and never at the same time as Progress.
using PartialScores = std::function<void(const PartialScore&)>;

} // namespace scalescope
