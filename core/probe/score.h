#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace scalescope {

/// How well a target is read from one layer.
struct LayerScore {
  std::vector<double> r2; ///< of the held-out predictions, one a repetition
  /// The largest distance of a held-out feature from the mean of those that its regression was fitted on, in their
  /// standard deviations, over all splits; 0 in the paper protocol. A channel that hardly ever fires makes it large: on
  /// the one image that it fires for, R2 then hangs.
  double largest_z_score = 0;
  [[nodiscard]] double mean() const;
  [[nodiscard]] double
  standard_deviation() const; ///< population standard deviation over the repetitions (divides by R)
};

/// Scores of every layer for one set of targets.
using Scores = std::vector<LayerScore>;

/// Called as work goes on with the share done, 0 to 1; may come from any thread, one call at a time.
using Progress = std::function<void(double)>;

/// One finished entry of the scores: scores[set][layer].r2[repetition].
struct PartialScore {
  std::size_t set = 0;
  std::size_t layer = 0;
  std::size_t repetition = 0;
  double r2 = 0;
  std::span<const int> held_out;       ///< rows, ascending; valid during the call
  std::span<const double> predictions; ///< one for each of them, by a regression that had not seen it; likewise
};

/// Called with every entry once, as it is finished; may come from any thread, one call at a time, and never beside one
/// of Progress.
using PartialScores = std::function<void(const PartialScore&)>;

} // namespace scalescope
