#include "core/probe/regression.h"

#include "core/base/error.h"
#include "core/probe/detail/blas.h"
#include "core/probe/detail/ridge.h"
#include "core/probe/probe.h"

#include <Eigen/Cholesky>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

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

/// The tolerance of a range, as a share of it, because the same image may differ by rounding from one run to another.
constexpr double margin_of_range = 0.01;

bool lies_within(double value, double least, double largest) {
  const double margin = margin_of_range * (largest - least);
  return value >= least - margin && value <= largest + margin;
}

/// See Regression::outside.
double share_outside(const float* features, std::span<const float> least, std::span<const float> largest,
                     std::span<const double> importance) {
  double all = 0;
  double beyond = 0;
  for (std::size_t c = 0; c < importance.size(); ++c) {
    const double weight = std::abs(importance[c]);
    all += weight;
    beyond += lies_within(features[c], least[c], largest[c]) ? 0 : weight;
  }
  return all > 0 ? beyond / all : 0;
}

/// The rows of each fold.
std::vector<std::vector<int>> rows_by_fold(std::span<const int> folds) {
  std::vector<std::vector<int>> rows(static_cast<std::size_t>(*std::ranges::max_element(folds)) + 1);
  for (std::size_t row = 0; row < folds.size(); ++row) {
    rows[static_cast<std::size_t>(folds[row])].push_back(static_cast<int>(row));
  }
  return rows;
}

/// See FittedRange::usual_outside.
double usual_share_outside(const LayerRows& x, const std::vector<std::vector<int>>& folds,
                           std::span<const double> importance) {
  constexpr double usual = 0.95;
  std::vector<ColumnMoments> moments;
  moments.reserve(folds.size());
  for (const std::vector<int>& rows : folds) {
    moments.push_back(column_moments(x, rows));
  }
  std::vector<double> shares;
  for (std::size_t fold = 0; fold < folds.size(); ++fold) {
    const ColumnMoments others = combine(moments, static_cast<int>(fold));
    x.by_block(folds[fold], [&](std::span<const int> some) {
      for (const int row : some) {
        shares.push_back(share_outside(x[row], others.least, others.largest, importance));
      }
    });
  }
  const auto at =
      shares.begin() + static_cast<std::ptrdiff_t>(std::ceil(usual * static_cast<double>(shares.size()))) - 1;
  std::ranges::nth_element(shares, at);
  return *at;
}

} // namespace

double Regression::predict(std::span<const float> features) const {
  double sum = intercept;
  for (std::size_t c = 0; c < weights.size(); ++c) {
    sum += weights[c] * (clips ? std::clamp(features[c], least[c], largest[c]) : features[c]);
  }
  return sum;
}

double Regression::outside(std::span<const float> features) const {
  return share_outside(features.data(), least, largest, importance);
}

bool Regression::covers(std::span<const float> features) const {
  return !fitted || outside(features) <= fitted->usual_outside;
}

bool Regression::covers_target(double target) const {
  return !fitted || lies_within(target, fitted->least_target, fitted->largest_target);
}

Regression Probe::regression(std::size_t layer, std::span<const double> targets, std::span<const int> folds,
                             bool clip) const {
  const std::vector<std::size_t> order = ascending();
  check_rows(order);
  if (targets.size() != order.size() || folds.size() != order.size()) {
    throw Error(fmt::format("There are {} targets and {} folds for {} rows: give one of each for every row.",
                            targets.size(), folds.size(), order.size()));
  }
  const SingleThreadedBlas guard;
  const LayerRows x(store_, layer, order);
  const Split whole{.train = x.all(), .test = {}, .inner = {folds.begin(), folds.end()}};
  const VectorXd y = Eigen::Map<const VectorXd>(targets.data(), static_cast<Eigen::Index>(targets.size()));
  const double mean = y.mean();
  ColumnMoments moments = column_moments(x, whole.train);
  const Standardisation by = standardisation(moments, least_deviation, false);
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
  result.least = std::move(moments.least);
  result.largest = std::move(moments.largest);
  result.clips = clip;
  result.fitted = FittedRange{.least_target = y.minCoeff(),
                              .largest_target = y.maxCoeff(),
                              .usual_outside = usual_share_outside(x, rows_by_fold(folds), result.importance)};
  return result;
}

} // namespace scalescope
