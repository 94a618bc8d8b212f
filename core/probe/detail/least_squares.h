#pragma once
// The paper protocol's regression for one layer and one split (private to this library).

#include "core/probe/detail/columns.h"
#include "core/probe/folds.h"

#include <Eigen/Core>

namespace scalescope {

/// Ordinary least squares with an intercept, fitted on split.train: the solution of least norm, by singular values as
/// in scikit-learn's LinearRegression. (Normal equations would square the condition number, and there is no penalty to
/// reduce it.) Singular values below max(rows, columns) * epsilon of the largest count as zero, as in
/// numpy.linalg.lstsq. LinearRegression only drops those below epsilon: with at least as many columns as rows it then
/// divides by the one that centering made zero, and its answer is partly rounding noise. Ours is not.
/// @param y targets of every row, rows x targets.
/// @return predictions for split.test, test rows x targets.
[[nodiscard]] Eigen::MatrixXd least_squares_predictions(const LayerRows& x, const Eigen::MatrixXd& y,
                                                        const Split& split);

} // namespace scalescope
