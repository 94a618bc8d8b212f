#include "core/probe/detail/least_squares.h"

#include "core/base/error.h"
#include "core/probe/detail/blas.h"

#include <algorithm>
#include <limits>

namespace scalescope {

namespace {

using Eigen::MatrixXd;
using Eigen::RowVectorXd;

/// Least-norm solution of min |a x - b|; singular values below a share of the largest count as zero.
MatrixXd solve(MatrixXd a, const MatrixXd& b) {
  const int rows = static_cast<int>(a.rows());
  const int columns = static_cast<int>(a.cols());
  const int targets = static_cast<int>(b.cols());
  const int longer = std::max(rows, columns);
  MatrixXd x = MatrixXd::Zero(longer, targets); // b on entry, the solution on return
  x.topRows(rows) = b;
  Eigen::VectorXd singular_values(std::min(rows, columns));
  const double least = std::numeric_limits<double>::epsilon() * longer;
  int rank = 0;
  int info = 0;
  const auto call = [&](double* work, int work_size, int* integers) {
    dgelsd_(&rows, &columns, &targets, a.data(), &rows, x.data(), &longer, singular_values.data(), &least, &rank, work,
            &work_size, integers, &info);
  };
  double work_size = 0;
  int integer_size = 0;
  call(&work_size, -1, &integer_size);
  Eigen::VectorXd work(static_cast<Eigen::Index>(work_size));
  Eigen::VectorXi integers(integer_size);
  call(work.data(), static_cast<int>(work_size), integers.data());
  if (info > 0) {
    throw Error("The singular values of a layer's features did not converge: use the protocol ridge.");
  }
  return x.topRows(columns);
}

} // namespace

MatrixXd least_squares_predictions(const LayerRows& x, const MatrixXd& y, const Split& split) {
  const ColumnMoments moments = column_moments(x, split.train);
  const auto centered = [&](const std::vector<int>& rows) {
    MatrixXd result(static_cast<Eigen::Index>(rows.size()), x.channels());
    Eigen::Index i = 0;
    x.by_block(rows, [&](std::span<const int> some) {
      for (const int row : some) {
        for (int c = 0; c < x.channels(); ++c) {
          result(i, c) = x[row][c] - moments.mean[static_cast<std::size_t>(c)];
        }
        ++i;
      }
    });
    return result;
  };
  const RowVectorXd mean = y(split.train, Eigen::all).colwise().mean();
  const MatrixXd coefficients = solve(centered(split.train), y(split.train, Eigen::all).rowwise() - mean);
  return (centered(split.test) * coefficients).rowwise() + mean;
}

} // namespace scalescope
