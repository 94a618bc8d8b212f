#pragma once

#include "core/features/extract_samples.h"
#include "core/probe/bootstrap.h"
#include "core/probe/few_channels.h"
#include "core/probe/score.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <stop_token>
#include <vector>

namespace scalescope {

/// R2 of a layer by the number of channels that were chosen in one way.
struct ByNumber {
  std::vector<int> numbers; ///< see numbers_of_channels
  std::vector<double> r2;   ///< one per number
  std::vector<Interval> intervals;
  std::vector<Interval> lost; ///< the R2 of all channels minus that, in the same resamples
  /// The place in `numbers` of the smallest one that is enough: its R2 is at most one standard error over images of the
  /// R2 of all channels below it. No value if none is, or if the interval of all channels is not above 0.
  std::optional<std::size_t> enough = {};
};

/// A channel that was among the first ones of at least one fit.
struct ChosenChannel {
  int channel = 0;        ///< counted from 0
  double share = 0;       ///< of the fits that chose it, above 0 to 1
  double place = 0;       ///< the mean place among those chosen, from 1; of the fits that chose it
  double correlation = 0; ///< with the target, over all rows; 0 for a constant channel
};

/// How well the target is read from few channels of a layer (see few_channels), and from all.
struct SparseLayer {
  int channels = 0;
  double all = 0; ///< R2 of all channels, protocol ridge
  Interval all_interval;
  double all_error = 0; ///< its standard error over images
  ByNumber pursuit;
  ByNumber correlated;
  ByNumber random;
  std::vector<double> permuted;      ///< R2 of permuted targets by the pursuit, one per number
  double again = 0;                  ///< mean Jaccard index of the first_chosen channels of two splits of a repetition
  double again_by_chance = 0;        ///< see jaccard_by_chance
  std::vector<ChosenChannel> chosen; ///< by the pursuit among the first_chosen; the most frequent first

  /// The share of the channels that is enough; NaN if no number is.
  [[nodiscard]] double share_enough(const ByNumber& chosen_so) const;
};

/// How many of a pursuit's channels are compared between folds; all, in a layer that has fewer.
inline constexpr int first_chosen = 4;

/// @param repetitions, seed of the folds; the resamples are those of an analysis with that seed.
/// @return one per layer. Memory holds the features of one layer at a time.
/// @throws Error as Probe::score; Cancelled when stopped.
[[nodiscard]] std::vector<SparseLayer> sparse_layers(const Extraction& extraction, int repetitions, std::uint32_t seed,
                                                     int threads, const std::stop_token& stop = {},
                                                     const Progress& progress = {});

} // namespace scalescope
