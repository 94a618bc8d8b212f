#include "core/probe/probe.h"

#include "core/base/error.h"
#include "core/probe/blas.h"
#include "core/probe/ridge.h"

#include <Eigen/Cholesky>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace scalescope {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Z'y, for standardised features Z.
VectorXd products_with(const LayerRows& x, const Standardisation& by, const VectorXd& y) {
  VectorXd products = VectorXd::Zero(x.channels());
  VectorXd z(x.channels());
  x.by_block(x.all(), [&](std::span<const int> some) {
    for (const int row : some) {
      standardise(x[row], by, 0, x.channels(), z.data());
      products += y[row] * z;
    }
  });
  return products;
}

/// Weights on standardised features: (Z'Z + lambda)^-1 Z'y, or the same through Z Z' where that is smaller.
VectorXd solve(const LayerRows& x, const Standardisation& by, const VectorXd& y, const VectorXd& products,
               double lambda) {
  const int rows = x.rows();
  const int channels = x.channels();
  const std::vector<int> all = x.all();
  if (channels >= rows) {
    MatrixXd z(channels, rows);
    x.by_block(all, [&](std::span<const int> some) {
      for (const int row : some) {
        standardise(x[row], by, 0, channels, z.col(row).data());
      }
    });
    MatrixXd equations = z.transpose() * z;
    equations.diagonal().array() += lambda;
    return z * equations.llt().solve(y);
  }
  MatrixXd equations = MatrixXd::Zero(channels, channels);
  x.by_block(all, [&](std::span<const int> some) {
    MatrixXd z(channels, static_cast<Eigen::Index>(some.size()));
    for (std::size_t i = 0; i < some.size(); ++i)
      standardise(x[some[i]], by, 0, channels, z.col(static_cast<Eigen::Index>(i)).data());
    equations.selfadjointView<Eigen::Lower>().rankUpdate(z);
  });
  equations.diagonal().array() += lambda;
  return equations.selfadjointView<Eigen::Lower>().llt().solve(products);
}

} // namespace

double Regression::predict(std::span<const float> features) const {
  double sum = intercept;
  for (std::size_t c = 0; c < weights.size(); ++c) {
    sum += weights[c] * (least.empty() ? features[c] : std::clamp(features[c], least[c], largest[c]));
  }
  return sum;
}

Regression Probe::regression(std::size_t layer, std::span<const double> targets, std::span<const int> folds,
                             bool clip) const {
  const std::vector<std::size_t> order = ascending();
  check_rows(order);
  if (targets.size() != order.size() || folds.size() != order.size()) {
    throw Error(fmt::format("There are {} targets and {} folds for {} rows: give one of each a row.", targets.size(),
                            folds.size(), order.size()));
  }
  const SingleThreadedBlas guard;
  const LayerRows x(store_, layer, order);
  const Split whole{.train = x.all(), .test = {}, .inner = {folds.begin(), folds.end()}};
  const VectorXd y = Eigen::Map<const VectorXd>(targets.data(), static_cast<Eigen::Index>(targets.size()));
  const double mean = y.mean();
  const Standardisation by = standardisation(column_moments(x, whole.train), least_deviation, clip);
  Regression result;
  result.lambda = ridge_lambda(x, y, whole, clip);
  const VectorXd centred = y.array() - mean;
  const VectorXd products = products_with(x, by, centred);
  const VectorXd weights = solve(x, by, centred, products, result.lambda);
  const VectorXd correlation = products / (std::sqrt(static_cast<double>(x.rows())) * centred.norm());
  result.correlation.assign(correlation.begin(), correlation.end());
  result.importance.assign(weights.begin(), weights.end());
  result.intercept = mean;
  for (std::size_t c = 0; c < by.scale.size(); ++c) {
    result.weights.push_back(result.importance[c] * by.scale[c]);
    result.intercept -= result.weights[c] * by.mean[c];
  }
  result.least = by.least;
  result.largest = by.largest;
  return result;
}

} // namespace scalescope
