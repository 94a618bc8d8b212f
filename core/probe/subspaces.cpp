#include "core/probe/subspaces.h"

#include "core/probe/detail/tasks.h"

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace scalescope {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double variance_kept = 0.99;
constexpr std::size_t most_blocks = 50;

// Sums over the rows of an image, with X and Y side by side: of the columns, and of their products.
struct Moments {
  VectorXd sums;
  MatrixXd products;
  double rows = 0;

  explicit Moments(Eigen::Index columns) : sums(VectorXd::Zero(columns)), products(MatrixXd::Zero(columns, columns)) {}
  void add(const Moments& other, double times) {
    sums += times * other.sums;
    products += times * other.products;
    rows += times * other.rows;
  }
};

using Spread = std::vector<std::pair<double, double>>;

// Mean and standard deviation of each channel, over images and positions.
Spread spread_of_channels(const MapPairs& maps, std::span<const float> values) {
  Spread spread;
  const auto count = static_cast<double>(maps.images * maps.positions);
  for (std::size_t c = 0; c < maps.channels; ++c) {
    const auto over_values = [&](const auto& add) {
      for (std::size_t i = 0; i < maps.images; ++i)
        for (const float value : values.subspan((i * maps.channels + c) * maps.positions, maps.positions))
          add(value);
    };
    double sum = 0;
    over_values([&](double value) { sum += value; });
    const double mean = sum / count;
    double squares = 0;
    over_values([&](double value) { squares += (value - mean) * (value - mean); });
    spread.emplace_back(mean, std::sqrt(squares / count));
  }
  return spread;
}

Moments moments_of_image(const MapPairs& maps, std::size_t image, const Spread& before, const Spread& after) {
  const auto positions = static_cast<Eigen::Index>(maps.positions);
  MatrixXd columns(2 * positions, static_cast<Eigen::Index>(maps.channels)); // one for each row of X and Y
  Eigen::Index used = 0;
  for (std::size_t c = 0; c < maps.channels; ++c) {
    if (!(before[c].second > 0 && after[c].second > 0))
      continue; // a channel that is constant tells nothing
    for (Eigen::Index p = 0; p < positions; ++p) {
      const std::size_t at = (image * maps.channels + c) * maps.positions + static_cast<std::size_t>(p);
      columns(p, used) = (maps.before[at] - before[c].first) / before[c].second;
      columns(positions + p, used) = (maps.after[at] - after[c].first) / after[c].second;
    }
    ++used;
  }
  const auto rows = columns.leftCols(used);
  Moments one(2 * positions);
  one.rows = static_cast<double>(used);
  one.sums = rows.rowwise().sum();
  one.products.noalias() = rows * rows.transpose();
  return one;
}

// Of each block of images.
std::vector<Moments> moments_of(const MapPairs& maps, int threads) {
  const Spread before = spread_of_channels(maps, maps.before);
  const Spread after = spread_of_channels(maps, maps.after);
  std::vector<Moments> blocks(std::min(maps.images, most_blocks),
                              Moments(static_cast<Eigen::Index>(2 * maps.positions)));
  run_tasks(
      std::vector<double>(blocks.size(), 1), threads, {},
      [&](std::size_t b) {
        for (std::size_t image = b; image < maps.images; image += blocks.size())
          blocks[b].add(moments_of_image(maps, image, before, after), 1);
      },
      [](std::size_t, double) {});
  return blocks;
}

// The leading eigenvectors, which hold nearly all of the variance, and their eigenvalues.
struct Leading {
  MatrixXd vectors;
  VectorXd values;
};

Leading leading(const MatrixXd& covariance) {
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solved(covariance);
  const double all = std::max(0.0, solved.eigenvalues().sum());
  double sum = 0;
  Eigen::Index kept = 0; // eigenvalues ascend
  while (kept < covariance.cols() && sum < variance_kept * all)
    sum += solved.eigenvalues()[covariance.cols() - ++kept];
  return {solved.eigenvectors().rightCols(kept), solved.eigenvalues().tail(kept)};
}

// Square roots of the eigenvalues of M M' are the singular values of M, many times faster.
double mean_singular_value(const MatrixXd& m) {
  const bool is_wide = m.cols() > m.rows();
  const MatrixXd square = is_wide ? MatrixXd(m * m.transpose()) : MatrixXd(m.transpose() * m);
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solved(square, Eigen::EigenvaluesOnly);
  return solved.eigenvalues().cwiseMax(0).cwiseSqrt().mean();
}

struct Pair {
  double equivariance;
  double invariance;
};

Pair scores_of(const Moments& moments) {
  const Eigen::Index positions = moments.sums.size() / 2;
  const VectorXd mean = moments.sums / moments.rows;
  const MatrixXd covariance = moments.products / moments.rows - mean * mean.transpose();
  const MatrixXd xx = covariance.topLeftCorner(positions, positions);
  const MatrixXd yy = covariance.bottomRightCorner(positions, positions);
  const MatrixXd xy = covariance.topRightCorner(positions, positions);
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  if (!(moments.rows > 0))
    return {none, none};
  const Leading of_x = leading(xx);
  const Leading of_y = leading(yy);
  const Leading of_both = leading(xx + yy);
  if (of_x.values.size() == 0 || of_y.values.size() == 0)
    return {none, none};
  const MatrixXd correlations = of_x.values.cwiseSqrt().cwiseInverse().asDiagonal() * of_x.vectors.transpose() * xy *
                                of_y.vectors * of_y.values.cwiseSqrt().cwiseInverse().asDiagonal();
  double invariance = 0;
  for (Eigen::Index i = 0; i < of_both.vectors.cols(); ++i) {
    const VectorXd v = of_both.vectors.col(i);
    invariance += v.dot(xy * v) / std::sqrt(v.dot(xx * v) * v.dot(yy * v));
  }
  return {positions > 1 ? mean_singular_value(correlations) : none,
          invariance / static_cast<double>(of_both.vectors.cols())};
}

// The jackknife's, from the values with each block left out.
double standard_error(const std::vector<Pair>& left_out, double Pair::*score) {
  double mean = 0;
  for (const Pair& one : left_out)
    mean += one.*score / static_cast<double>(left_out.size());
  double squares = 0;
  for (const Pair& one : left_out)
    squares += (one.*score - mean) * (one.*score - mean);
  return std::sqrt(squares * static_cast<double>(left_out.size() - 1) / static_cast<double>(left_out.size()));
}

} // namespace

SubspaceScores subspace_scores(const MapPairs& maps, int threads) {
  const std::size_t values = maps.images * maps.channels * maps.positions;
  if (values == 0 || maps.before.size() != values || maps.after.size() != values)
    throw std::invalid_argument("subspace_scores: maps of all images are needed, before and after");
  const std::vector<Moments> blocks = moments_of(maps, threads);
  Moments all(static_cast<Eigen::Index>(2 * maps.positions));
  for (const Moments& block : blocks)
    all.add(block, 1);
  const Pair scores = scores_of(all);
  std::vector<Pair> left_out(blocks.size());
  run_tasks(
      std::vector<double>(blocks.size(), 1), threads, {},
      [&](std::size_t b) {
        Moments others = all;
        others.add(blocks[b], -1);
        left_out[b] = scores_of(others);
      },
      [](std::size_t, double) {});
  return {scores.equivariance, scores.invariance, standard_error(left_out, &Pair::equivariance),
          standard_error(left_out, &Pair::invariance)};
}

} // namespace scalescope
