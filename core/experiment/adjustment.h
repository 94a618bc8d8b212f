#pragma once

#include "core/features/extract_samples.h"
#include "core/probe/bootstrap.h"
#include "core/probe/folds.h"
#include "core/probe/score.h"

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// What the layers add to what is known of the objects without looking at them.
struct Adjustment {
  std::vector<std::string> covariates; ///< their names: see box_covariates
  LayerScore alone;                    ///< R2 of the covariates alone
  Interval alone_interval;             ///< over images
  /// One per layer: the share of the covariates' mean squared error that is gone with the layer (see score_adjusted).
  std::vector<double> partial_r2;
  std::vector<Interval> intervals; ///< over images, one per layer
};

/// @throws Error if the folds are the paper's, or a row has no covariates: for the person who asked with --adjust.
void check_adjustable(const Folds& folds, const std::vector<Row>& rows);

/// @param rows with covariates. @param folds of a ridge protocol. @param seed of the resamples.
/// @throws Error as Probe::score; Cancelled when stopped.
[[nodiscard]] Adjustment adjustment_of(const Probe& probe, const std::vector<Row>& rows, const Folds& folds,
                                       std::uint32_t seed, int threads, const std::stop_token& stop = {},
                                       const Progress& progress = {});

} // namespace scalescope
