#pragma once

#include "core/probe/bootstrap.h"
#include "core/probe/probe.h"

#include <span>
#include <stop_token>
#include <vector>

namespace scalescope {

/// The most channels that are tried.
inline constexpr int most_channels = 256;

/// The numbers of channels to try: 1, 2, 3, 4, 6, 8, 12, 16, ..., which are the powers of two and their threefold, up
/// to the number of channels, half of the rows that the smallest fitted part has, and most_channels. A layer with no
/// more channels than that is also tried whole.
[[nodiscard]] std::vector<int> numbers_of_channels(int channels, const Folds& folds);

/// What is read from a few channels of a layer.
struct FewChannels {
  std::vector<HeldOut> held_out; ///< for each number of channels; means over the repetitions
  /// For each fit, repetition by repetition and in them split by split, the channels in the order in which they were
  /// chosen; as many as the largest number, or fewer if they explain the fitted rows completely.
  std::vector<std::vector<int>> chosen;
};

/// Least squares on a few channels of a layer, which are chosen anew in each fitted part by orthogonal matching pursuit
/// (Pati, Rezaiifar & Krishnaprasad 1993):
/// 1. Channels are standardised on the fitted part, without those that are nearly constant, and held-out rows are
///    clipped to the range of the fitted ones, as in the protocol ridge.
/// 2. Each step adds the channel with the largest absolute correlation with the residual (of several equal ones, the
///    first), and fits the target, with an intercept, on all channels so far.
/// Those of a smaller number are the first of those of a larger one.
/// @param targets for each repetition the rows' targets, ascending by index; one entry serves all repetitions.
/// @param folds of a ridge protocol. @param numbers of channels, ascending.
/// @throws Error as Probe::score; Cancelled when stopped.
[[nodiscard]] FewChannels few_channels(const Probe& probe, std::size_t layer,
                                       std::span<const std::vector<double>> targets, const Folds& folds,
                                       std::span<const int> numbers, int threads, const std::stop_token& stop = {});

} // namespace scalescope
