#pragma once

#include "core/probe/probe.h"

#include <span>
#include <stop_token>

namespace scalescope {

/// Numbers that are known of each row besides its features, such as where its object lies.
struct Covariates {
  std::size_t count = 0;      ///< of numbers of a row
  std::vector<double> values; ///< rows x count, rows ascending by index
};

/// Regressions of a target on covariates alone, and on covariates and a layer's features together: what a layer adds to
/// the covariates. In each split
/// 1. target and features are regressed on the covariates (least squares with an intercept, fitted on the training
///    part), and replaced by what is left of them (Frisch & Waugh 1933, Lovell 1963);
/// 2. what is left of the target is regressed on what is left of the features, by the protocol of the folds;
/// 3. the prediction is the sum of both.
/// @param folds of a ridge protocol.
/// @param result receives every finished repetition: PartialScore::layer is the layer, or, for the covariates alone,
///        the number of layers. One call at a time.
/// @throws Error as Probe::score; Cancelled when stopped.
void score_adjusted(const Probe& probe, const Covariates& covariates, std::span<const double> targets,
                    const Folds& folds, int threads, const std::stop_token& stop, const Progress& progress,
                    const PartialScores& result);

} // namespace scalescope
