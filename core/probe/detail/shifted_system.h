#pragma once
// Symmetric systems that differ by a multiple of the identity (private to this library).

#include <Eigen/Core>

namespace scalescope {

/// Solves (A + s I) x = b for one symmetric A and many shifts s, where A + s I is positive definite.
///
/// A = Q T Q' with T tridiagonal is found once; after that a shift costs O(n), and only Q is applied to whole blocks.
/// No eigenvectors are computed: they would cost several times as much and serve nothing more.
class ShiftedSystem {
 public:
  /// @param a lower triangle of A. It is overwritten with Q and must outlive this.
  explicit ShiftedSystem(const Eigen::Ref<Eigen::MatrixXd>& a);

  /// @param b right-hand sides, n x B. @param shifts S x B: the shifts of each right-hand side.
  /// @return n x (S * B): column s * B + i solves right-hand side i with shifts(s, i).
  [[nodiscard]] Eigen::MatrixXd solve(Eigen::MatrixXd b, const Eigen::ArrayXXd& shifts) const;

 private:
  void apply_q(char transpose, Eigen::MatrixXd& columns) const;

  Eigen::Ref<Eigen::MatrixXd> q_;
  Eigen::VectorXd diagonal_;
  Eigen::VectorXd below_; ///< the diagonal
  Eigen::VectorXd tau_;   ///< factors of the reflectors that make Q
};

} // namespace scalescope
