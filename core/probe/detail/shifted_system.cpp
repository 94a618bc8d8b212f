#include "core/probe/detail/shifted_system.h"

#include "core/probe/detail/blas.h"

#include <algorithm>
#include <cassert>

namespace scalescope {

namespace {

/// L D L' of a tridiagonal matrix plus a shift. No pivoting: the matrix is positive definite.
class Factors {
 public:
  Factors(const Eigen::VectorXd& diagonal, const Eigen::VectorXd& below, double shift)
      : inverse_(diagonal.size()), lower_(below.size()) {
    double d = diagonal[0] + shift;
    inverse_[0] = 1 / d;
    for (Eigen::Index i = 1; i < diagonal.size(); ++i) {
      lower_[i - 1] = below[i - 1] * inverse_[i - 1];
      d = diagonal[i] + shift - lower_[i - 1] * below[i - 1];
      inverse_[i] = 1 / d;
    }
  }

  void solve(Eigen::Ref<Eigen::VectorXd> x) const {
    const Eigen::Index n = x.size();
    for (Eigen::Index i = 1; i < n; ++i) {
      x[i] -= lower_[i - 1] * x[i - 1];
    }
    x[n - 1] *= inverse_[n - 1];
    for (Eigen::Index i = n - 2; i >= 0; --i) {
      x[i] = x[i] * inverse_[i] - lower_[i] * x[i + 1];
    }
  }

 private:
  Eigen::VectorXd inverse_; ///< of D
  Eigen::VectorXd lower_;   ///< the diagonal below L's ones
};

} // namespace

ShiftedSystem::ShiftedSystem(const Eigen::Ref<Eigen::MatrixXd>& a)
    : q_(a), diagonal_(a.rows()), below_(std::max<Eigen::Index>(a.rows() - 1, 0)), tau_(below_.size()) {
  const int n = static_cast<int>(a.rows());
  const int stride = static_cast<int>(a.outerStride());
  const int work_size = 64 * n; // as many columns as LAPACK's blocks ever have
  Eigen::VectorXd work(work_size);
  int info = 0;
  dsytrd_("L", &n, q_.data(), &stride, diagonal_.data(), below_.data(), tau_.data(), work.data(), &work_size, &info);
  assert(info == 0); // else an argument is wrong
}

void ShiftedSystem::apply_q(char transpose, Eigen::MatrixXd& columns) const {
  const int n = static_cast<int>(columns.rows());
  const int count = static_cast<int>(columns.cols());
  const int stride = static_cast<int>(q_.outerStride());
  const int work_size = 64 * (count + 65); // LAPACK's blocks of up to 64 columns, and their triangular factors
  Eigen::VectorXd work(work_size);
  int info = 0;
  dormtr_("L", "L", &transpose, &n, &count, q_.data(), &stride, tau_.data(), columns.data(), &n, work.data(),
          &work_size, &info);
  assert(info == 0);
}

Eigen::MatrixXd ShiftedSystem::solve(Eigen::MatrixXd b, const Eigen::ArrayXXd& shifts) const {
  apply_q('T', b);
  Eigen::MatrixXd solutions = b.replicate(1, shifts.rows());
  for (Eigen::Index s = 0; s < shifts.rows(); ++s) {
    for (Eigen::Index i = 0; i < b.cols(); ++i) {
      Factors(diagonal_, below_, shifts(s, i)).solve(solutions.col(s * b.cols() + i));
    }
  }
  apply_q('N', solutions);
  return solutions;
}

} // namespace scalescope
