#pragma once

#include "core/probe/probe.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace scalescope {

/// What is done to features before a probe is fitted to them.
enum class FeatureTransform {
  RankNormal, ///< each channel's values are replaced by the normal scores of their ranks over all rows, ties by their
              ///< mean rank: the quantile (rank - 0.5) / rows of the standard normal distribution (Blom 1958; Hazen's
              ///< constant). What is left is the order of the images, so that no single image lies far from the others.
  Log,        ///< the natural logarithm; values below 1e-12 count as that
};

/// A probe with some of another's layers, transformed; the rows have the same indices. It holds these layers in memory
/// while it works.
[[nodiscard]] Probe transformed(const Probe& probe, std::span<const std::size_t> layers, FeatureTransform how,
                                int threads);

/// A probe with some of another's layers, projected to `width` features: each channel is divided by its standard
/// deviation over all rows (left out where that is 0), and the features are multiplied by a channels x width matrix of
/// independent normal numbers (Johnson & Lindenstrauss 1984). @param seed the same matrices for the same seed.
[[nodiscard]] Probe projected(const Probe& probe, std::span<const std::size_t> layers, int width, std::uint32_t seed,
                              int threads);

} // namespace scalescope
