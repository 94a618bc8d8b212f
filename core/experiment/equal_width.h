#pragma once

#include "core/probe/folds.h"
#include "core/probe/probe.h"

#include <cstdint>
#include <span>
#include <stop_token>

namespace scalescope {

/// R2 of the layers if all have the same number of features: random projections of standardised features, each
/// repetition with another one (see projected).
struct EqualWidth {
  int width = 0; ///< that of the narrowest layer
  Scores scores; ///< one per layer
};

/// @param seed of the first repetition's projection; the next ones count up from it.
/// @throws Error as Probe::score; Cancelled when stopped.
[[nodiscard]] EqualWidth equal_width_of(const Probe& probe, std::span<const double> targets, const Folds& folds,
                                        std::uint32_t seed, int threads, const std::stop_token& stop = {},
                                        const Progress& progress = {});

} // namespace scalescope
