#pragma once

#include "core/probe/folds.h"
#include "core/probe/probe.h"

#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// One repetition of a probe.
struct OneRepetition {
  std::vector<double> r2;                          ///< one per layer
  std::vector<std::vector<double>> squared_errors; ///< of each layer for each row, while it was held out
};

/// R2 of every layer when the probe is fitted in another way.
struct Variant {
  std::string name;
  std::vector<double> r2; ///< one per layer; NaN where the variant does not apply
};

/// How much a curve depends on how the probe is fitted. All variants use the same folds, those of one repetition.
struct Sensitivity {
  std::vector<Variant> variants; ///< clipped_ridge and unclipped_ridge first
  /// For each layer and row, how much larger the squared error is without clipping.
  std::vector<std::vector<double>> more_error;

  [[nodiscard]] const std::vector<double>& clipped() const { return variants[0].r2; }
  [[nodiscard]] const std::vector<double>& unclipped() const { return variants[1].r2; }
};

/// The variants' names. Rank-normal features and the logarithm are those of FeatureTransform, fitted with clipped
/// ridge.
inline constexpr const char* clipped_ridge = "ridge (clipped)";
inline constexpr const char* unclipped_ridge = "ridge (unclipped)";
inline constexpr const char* rank_normal_ridge = "rank-normal features";
inline constexpr const char* log_softmax_ridge = "logarithm of the softmax";

/// Fits the variants.
/// @param folds of a ridge protocol; their first repetition is used. @param known that repetition, if it is already
/// fitted with the protocol of the folds.
/// @throws Error as Probe::score, Cancelled when stopped.
[[nodiscard]] Sensitivity sensitivity_of(const Probe& probe, std::span<const double> targets, const Folds& folds,
                                         const std::optional<OneRepetition>& known, int threads,
                                         const std::stop_token& stop = {}, const Progress& progress = {});

/// A sentence for readers where R2 with and without clipping differ by more than 0.05: the layers, and the images that
/// make most of the difference. Nothing if there are no such layers. @param ids of the rows (Folds::rows).
/// @param what the number that is measured: "R2", "R2 of the area".
[[nodiscard]] std::optional<std::string> sensitivity_note(const Sensitivity& sensitivity,
                                                          std::span<const ProbeLayer> layers,
                                                          std::span<const std::string> ids,
                                                          const std::string& what = "R2");

} // namespace scalescope
