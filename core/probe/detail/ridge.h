#pragma once
// The ridge regression, clipped or not, for one layer and one outer split (private to this library).

#include "core/probe/detail/columns.h"
#include "core/probe/folds.h"

#include <Eigen/Core>

#include <stop_token>

namespace scalescope {

struct RidgeAnswer {
  Eigen::MatrixXd predictions; ///< for split.test, test rows x targets
  double largest_z_score = 0;  ///< see LayerScore::largest_z_score; of this split
};

/// Ridge regression on standardised columns, fitted on split.train with the lambda of 10^-2, 10^-1.5, .. 10^6 that has
/// the least mean squared error over the inner folds (the smallest such lambda). Columns are dropped and standardised
/// anew for each inner fold, from its own training rows.
/// @param y targets of every row, rows x targets; each gets its own lambda.
/// @param clip held-out rows, those of inner folds too, to the range of what they were not held out from.
/// @throws Cancelled when stopped.
[[nodiscard]] RidgeAnswer ridge_predictions(const LayerRows& x, const Eigen::MatrixXd& y, const Split& split, bool clip,
                                            const std::stop_token& stop);

/// The lambda that ridge_predictions fits with, for the first target.
[[nodiscard]] double ridge_lambda(const LayerRows& x, const Eigen::MatrixXd& y, const Split& split, bool clip);

/// The smallest standard deviation of a used column, as a share of the largest.
inline constexpr double least_deviation = 1e-6;

} // namespace scalescope
