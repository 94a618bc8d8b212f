#pragma once
// R2 of predictions (private to this library).

#include <Eigen/Core>

namespace scalescope {

/// 1 - (residual sum of squares) / (total sum of squares), as scikit-learn's r2_score.
[[nodiscard]] inline double r_squared(const Eigen::VectorXd& truth, const Eigen::VectorXd& predicted) {
  return 1 - (truth - predicted).squaredNorm() / (truth.array() - truth.mean()).square().sum();
}

} // namespace scalescope
