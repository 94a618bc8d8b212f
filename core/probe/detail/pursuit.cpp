#include "core/probe/detail/pursuit.h"

#include "core/probe/detail/blas.h"

#include <algorithm>
#include <cmath>

namespace scalescope {

using Eigen::MatrixXd;
using Eigen::VectorXd;

VectorXd Pursuit::coefficients(int number) const {
  const auto n = std::min(static_cast<Eigen::Index>(chosen.size()), static_cast<Eigen::Index>(number));
  return r.topLeftCorner(n, n).triangularView<Eigen::Upper>().solve(q_target.head(n));
}

Pursuit pursue(const MatrixXd& z, const VectorXd& y, int most) {
  constexpr double nothing = 1e-10; // a correlation, or a share of a column, that counts as 0
  const double length = std::sqrt(static_cast<double>(z.rows())); // of each column
  Pursuit found{.chosen = {}, .r = MatrixXd::Zero(most, most), .q_target = VectorXd(most)};
  MatrixXd q(z.rows(), most);
  VectorXd residual = y;
  for (Eigen::Index step = 0; step < most; ++step) {
    VectorXd product = column_products(z, residual).cwiseAbs();
    for (const int channel : found.chosen)
      product[channel] = 0;
    Eigen::Index best = 0;
    if (product.maxCoeff(&best) <= nothing * length * y.norm())
      break;
    VectorXd column = z.col(best);
    const auto before = q.leftCols(step);
    for (int pass = 0; pass < 2; ++pass) { // Gram-Schmidt loses digits in one
      const VectorXd shares = before.transpose() * column;
      column -= before * shares;
      found.r.col(step).head(step) += shares;
    }
    const double left = column.norm();
    if (left <= nothing * length) // it depends on those before it
      break;
    found.r(step, step) = left;
    q.col(step) = column / left;
    found.q_target[step] = q.col(step).dot(residual);
    residual -= found.q_target[step] * q.col(step);
    found.chosen.push_back(static_cast<int>(best));
  }
  return found;
}

VectorXd column_products(const MatrixXd& z, const VectorXd& y) {
  VectorXd result(z.cols());
  cblas_dgemv(CblasColMajor, CblasTrans, static_cast<int>(z.rows()), static_cast<int>(z.cols()), 1, z.data(),
              static_cast<int>(z.rows()), y.data(), 1, 0, result.data(), 1);
  return result;
}

} // namespace scalescope
