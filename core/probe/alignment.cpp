#include "core/probe/alignment.h"

#include "core/probe/detail/numbered.h"

#include <Eigen/Core>

#include <cmath>
#include <stdexcept>

namespace scalescope {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using Index = Eigen::Index;

Eigen::Map<const MatrixXd> matrix(const GramMatrix& gram) {
  const auto rows = static_cast<Index>(gram.rows);
  return {gram.values.data(), rows, rows};
}

// What HSIC_1 of two Gram matrices K and L is made of. Their diagonals count as 0.
struct Sums {
  double rows = 0;
  double products = 0;      // sum of K_ij L_ij
  double x_all = 0;         // sum of K_ij
  double y_all = 0;         // of L_ij
  double rows_products = 0; // sum over i of the i-th row sums' product

  [[nodiscard]] double hsic() const {
    return (products + x_all * y_all / ((rows - 1) * (rows - 2)) - 2 / (rows - 2) * rows_products) /
           (rows * (rows - 3));
  }
};

Sums sums_of(const MatrixXd& k, const MatrixXd& l) {
  const VectorXd of_k = k.rowwise().sum();
  const VectorXd of_l = l.rowwise().sum();
  return {static_cast<double>(k.rows()), k.cwiseProduct(l).sum(), of_k.sum(), of_l.sum(), of_k.dot(of_l)};
}

// The same for the rows that are not in the group, without going through all of the matrices.
Sums sums_without(const std::vector<Index>& group, const MatrixXd& k, const MatrixXd& l, const Sums& all,
                  const VectorXd& k_rows, const VectorXd& l_rows) {
  Sums left = all;
  left.rows -= static_cast<double>(group.size());
  VectorXd k_left = k_rows;
  VectorXd l_left = l_rows;
  for (const Index i : group) {
    k_left -= k.col(i);
    l_left -= l.col(i);
    left.products -= 2 * k.col(i).dot(l.col(i));
  }
  for (const Index i : group) {
    for (const Index j : group)
      left.products += k(i, j) * l(i, j);
    k_left[i] = l_left[i] = 0;
  }
  left.x_all = k_left.sum();
  left.y_all = l_left.sum();
  left.rows_products = k_left.dot(l_left);
  return left;
}

MatrixXd without_diagonal(const GramMatrix& gram) {
  MatrixXd values = matrix(gram);
  values.diagonal().setZero();
  return values;
}

double ratio(double xy, double xx, double yy) { return xy / std::sqrt(xx * yy); }

void check_rows(const GramMatrix& x, const GramMatrix& y) {
  if (x.rows != y.rows)
    throw std::invalid_argument("CKA compares features of the same rows");
}

} // namespace

GramMatrix gram_matrix(std::span<const float> features, std::size_t rows) {
  using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto count = static_cast<Index>(rows);
  MatrixXd centred =
      Eigen::Map<const RowMajor>(features.data(), count, static_cast<Index>(features.size() / rows)).cast<double>();
  centred.rowwise() -= Eigen::RowVectorXd(centred.colwise().mean());
  GramMatrix gram{rows, std::vector<double>(rows * rows)};
  Eigen::Map<MatrixXd>(gram.values.data(), count, count).noalias() = centred * centred.transpose();
  return gram;
}

double linear_cka(const GramMatrix& x, const GramMatrix& y) {
  check_rows(x, y);
  return ratio(matrix(x).cwiseProduct(matrix(y)).sum(), matrix(x).squaredNorm(), matrix(y).squaredNorm());
}

double unbiased_cka(const GramMatrix& x, const GramMatrix& y) {
  check_rows(x, y);
  if (x.rows < 4)
    return NAN;
  const MatrixXd k = without_diagonal(x);
  const MatrixXd l = without_diagonal(y);
  return ratio(sums_of(k, l).hsic(), sums_of(k, k).hsic(), sums_of(l, l).hsic());
}

double standard_error_of_cka(const GramMatrix& x, const GramMatrix& y, std::span<const std::string> groups) {
  check_rows(x, y);
  const Numbered group = number(groups);
  std::vector<std::vector<Index>> members(static_cast<std::size_t>(group.count));
  for (std::size_t row = 0; row < group.of.size(); ++row)
    members[static_cast<std::size_t>(group.of[row])].push_back(static_cast<Index>(row));
  const auto count = static_cast<double>(members.size());
  if (members.size() < 2)
    return NAN;
  const MatrixXd k = without_diagonal(x);
  const MatrixXd l = without_diagonal(y);
  const VectorXd k_rows = k.rowwise().sum();
  const VectorXd l_rows = l.rowwise().sum();
  const Sums kl = sums_of(k, l);
  const Sums kk = sums_of(k, k);
  const Sums ll = sums_of(l, l);
  VectorXd left_out(static_cast<Index>(members.size()));
  for (std::size_t g = 0; g < members.size(); ++g)
    left_out[static_cast<Index>(g)] = ratio(sums_without(members[g], k, l, kl, k_rows, l_rows).hsic(),
                                            sums_without(members[g], k, k, kk, k_rows, k_rows).hsic(),
                                            sums_without(members[g], l, l, ll, l_rows, l_rows).hsic());
  return std::sqrt((count - 1) / count * (left_out.array() - left_out.mean()).square().sum());
}

} // namespace scalescope
