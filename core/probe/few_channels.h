#pragma once

#include "core/probe/bootstrap.h"
#include "core/probe/probe.h"

#include <span>
#include <stop_token>
#include <vector>

namespace scalescope {

/// How a few channels of a layer are chosen in each fitted part, and how the target is regressed on them. Features are
/// standardised on the fitted part, and held-out rows are clipped to its range, as in the protocol ridge.
enum class ChannelChoice {
  Pursuit,     ///< by orthogonal matching pursuit (Pati, Rezaiifar & Krishnaprasad 1993), then least squares: each step
               ///< adds the channel with the largest absolute correlation with what the others leave of the target
  Correlation, ///< the largest absolute correlations with the target (of equal ones, the first), then ridge regression
  Random,      ///< the same for all splits of a repetition: the first of NumPy's
               ///< RandomState(seed of the repetition).permutation(channels), then ridge regression
};

/// The numbers of channels to try: 1, 2, 3, 4, 6, 8, 12, 16, ..., which are the powers of two and their threefold, up
/// to all channels. For the pursuit, which has no penalty, up to half of the rows of the smallest fitted part, and 256.
[[nodiscard]] std::vector<int> numbers_of_channels(int channels, const Folds& folds, ChannelChoice how);

/// What is read from a few channels of a layer.
struct FewChannels {
  std::vector<HeldOut> held_out; ///< for each number of channels; means over the repetitions
  /// For each fit, repetition by repetition and in them split by split, the channels in the order in which they were
  /// chosen: as many as the largest number. The pursuit chooses fewer if these explain the fitted rows completely.
  std::vector<std::vector<int>> chosen;
};

/// Reads targets from a few channels of a layer, for several numbers of channels. Those of a smaller number are the
/// first of those of a larger one.
/// @param targets for each repetition the rows' targets, ascending by index; one entry serves all repetitions.
/// @param folds of a ridge protocol. @param numbers of channels, ascending.
/// @throws Error as Probe::score; Cancelled when stopped.
[[nodiscard]] FewChannels few_channels(const Probe& probe, std::size_t layer,
                                       std::span<const std::vector<double>> targets, const Folds& folds,
                                       ChannelChoice how, std::span<const int> numbers, int threads,
                                       const std::stop_token& stop = {});

} // namespace scalescope
