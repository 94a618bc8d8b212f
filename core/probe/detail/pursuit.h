#pragma once
// Orthogonal matching pursuit (private to this library).

#include <Eigen/Core>

#include <vector>

namespace scalescope {

/// The columns in the order in which they are chosen, and their QR decomposition.
struct Pursuit {
  std::vector<int> chosen;
  Eigen::MatrixXd r;        ///< upper triangle
  Eigen::VectorXd q_target; ///< Q' y

  /// The coefficients of least squares on the first `number` columns, or on all if there are fewer.
  [[nodiscard]] Eigen::VectorXd coefficients(int number) const;
};

/// Orthogonal matching pursuit (Pati, Rezaiifar & Krishnaprasad 1993): each step adds the column with the largest
/// absolute correlation with the residual (of several equal ones, the first), and fits y on all columns so far.
/// @param z standardised columns; those that are zero are never chosen. @param y centred.
/// @param most steps; there are fewer if nothing is left to explain.
[[nodiscard]] Pursuit pursue(const Eigen::MatrixXd& z, const Eigen::VectorXd& y, int most);

/// z' y, each column's product.
[[nodiscard]] Eigen::VectorXd column_products(const Eigen::MatrixXd& z, const Eigen::VectorXd& y);

} // namespace scalescope
