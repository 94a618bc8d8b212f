#include "core/probe/matching_pursuit.h"

#include "core/probe/detail/blas.h"
#include "core/probe/detail/own_rows.h"
#include "core/probe/detail/ridge.h"
#include "core/probe/detail/tasks.h"

#include <Eigen/Core>

#include <algorithm>
#include <stdexcept>

namespace scalescope {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

/// The channels in the order in which they are chosen, and a QR decomposition of their columns.
struct Pursuit {
  std::vector<int> chosen;
  MatrixXd r;        ///< upper triangle
  VectorXd q_target; ///< Q' y

  /// The coefficients of the first `number` channels, or of all if there are fewer.
  [[nodiscard]] VectorXd coefficients(int number) const {
    const auto n = std::min(static_cast<Eigen::Index>(chosen.size()), static_cast<Eigen::Index>(number));
    return r.topLeftCorner(n, n).triangularView<Eigen::Upper>().solve(q_target.head(n));
  }
};

VectorXd products(const MatrixXd& z, const VectorXd& residual) {
  VectorXd result(z.cols());
  cblas_dgemv(CblasColMajor, CblasTrans, static_cast<int>(z.rows()), static_cast<int>(z.cols()), 1, z.data(),
              static_cast<int>(z.rows()), residual.data(), 1, 0, result.data(), 1);
  return result;
}

/// @param z standardised columns: all that are not zero have the same norm, so products rank as correlations do.
Pursuit pursue(const MatrixXd& z, VectorXd residual, int most) {
  constexpr double nothing = 1e-10; // as a share of the target
  const double least = nothing * residual.norm() * std::sqrt(static_cast<double>(z.rows()));
  Pursuit found{.chosen = {}, .r = MatrixXd::Zero(most, most), .q_target = VectorXd(most)};
  MatrixXd q(z.rows(), most);
  for (Eigen::Index step = 0; step < most; ++step) {
    VectorXd correlation = products(z, residual).cwiseAbs();
    for (const int channel : found.chosen)
      correlation[channel] = 0;
    Eigen::Index best = 0;
    if (correlation.maxCoeff(&best) <= least)
      break;
    VectorXd column = z.col(best);
    const auto before = q.leftCols(step);
    for (int pass = 0; pass < 2; ++pass) { // Gram-Schmidt loses digits in one
      const VectorXd shares = before.transpose() * column;
      column -= before * shares;
      found.r.col(step).head(step) += shares;
    }
    const double norm = column.norm();
    if (norm * norm <= nothing * static_cast<double>(z.rows())) // it depends on those before it
      break;
    found.r(step, step) = norm;
    q.col(step) = column / norm;
    found.q_target[step] = q.col(step).dot(residual);
    residual -= found.q_target[step] * q.col(step);
    found.chosen.push_back(static_cast<int>(best));
  }
  return found;
}

MatrixXd standardised(const LayerRows& x, std::span<const int> rows, const Standardisation& by) {
  MatrixXd z(static_cast<Eigen::Index>(rows.size()), x.channels());
  VectorXd values(x.channels());
  Eigen::Index i = 0;
  x.by_block(rows, [&](std::span<const int> some) {
    for (const int row : some) {
      standardise(x[row], by, 0, x.channels(), values.data());
      z.row(i++) = values.transpose();
    }
  });
  return z;
}

/// Fits on the training part. @param predictions rows x numbers: those of the test part are set.
std::vector<int> fit_split(const LayerRows& x, const VectorXd& y, const Split& split, bool clip,
                           std::span<const int> numbers, MatrixXd& predictions) {
  const Standardisation by = standardisation(column_moments(x, split.train), least_deviation, clip);
  const double mean = y(split.train).mean();
  Pursuit found = pursue(standardised(x, split.train, by), y(split.train).array() - mean, numbers.back());
  const MatrixXd held = standardised(x, split.test, by)(Eigen::all, found.chosen);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const VectorXd weights = found.coefficients(numbers[i]);
    predictions(split.test, static_cast<Eigen::Index>(i)) = (held.leftCols(weights.size()) * weights).array() + mean;
  }
  return std::move(found.chosen);
}

HeldOut nothing_yet(std::size_t rows) { return {std::vector<double>(rows), std::vector<double>(rows)}; }

void add(HeldOut& sum, const VectorXd& predicted, std::span<const double> targets, double share) {
  for (std::size_t row = 0; row < targets.size(); ++row) {
    const double prediction = predicted[static_cast<Eigen::Index>(row)];
    sum.predictions[row] += share * prediction;
    sum.squared_errors[row] += share * (targets[row] - prediction) * (targets[row] - prediction);
  }
}

} // namespace

std::vector<int> numbers_of_channels(int channels, const Folds& folds) {
  std::size_t fitted = folds.rows.size();
  for (const Repetition& repetition : folds.repetitions)
    for (const Split& split : repetition.splits)
      fitted = std::min(fitted, split.train.size());
  const int bound = std::max(1, std::min(static_cast<int>(fitted / 2), most_channels));
  const int most = std::min(channels, bound);
  std::vector<int> numbers;
  for (int power = 1; power <= most; power *= 2) {
    numbers.push_back(power);
    if (power > 1 && power / 2 * 3 <= most)
      numbers.push_back(power / 2 * 3);
  }
  if (channels <= bound && numbers.back() < channels)
    numbers.push_back(channels);
  return numbers;
}

FewChannels few_channels(const Probe& probe, std::size_t layer, std::span<const std::vector<double>> targets,
                         const Folds& folds, std::span<const int> numbers, int threads, const std::stop_token& stop) {
  const auto count = static_cast<std::size_t>(probe.rows());
  const std::size_t repetitions = folds.repetitions.size();
  const auto fits = [&](const std::vector<double>& of) { return of.size() == count; };
  if (folds.protocol == Protocol::Paper || folds.rows.size() != count || numbers.empty() ||
      (targets.size() != 1 && targets.size() != repetitions) || !std::ranges::all_of(targets, fits))
    throw std::invalid_argument("few_channels: the targets are not those of the rows, or the folds not of ridge");
  const OwnRows own(probe.features(layer), static_cast<std::size_t>(probe.layers()[layer].channels));
  const LayerRows x = own.rows();

  struct Task {
    std::size_t repetition = 0;
    std::size_t split = 0;
  };
  std::vector<Task> tasks;
  for (std::size_t r = 0; r < repetitions; ++r)
    for (std::size_t split = 0; split < folds.repetitions[r].splits.size(); ++split)
      tasks.push_back({r, split});
  const auto values_of = [&](std::size_t r) -> const std::vector<double>& {
    return targets[targets.size() == 1 ? 0 : r];
  };
  std::vector<MatrixXd> predictions(repetitions, MatrixXd(count, numbers.size()));
  FewChannels result{.held_out = {}, .chosen = std::vector<std::vector<int>>(tasks.size())};
  run_tasks(
      std::vector<double>(tasks.size(), 1.0), threads, stop,
      [&](std::size_t i) {
        const auto [r, split] = tasks[i];
        const VectorXd y = Eigen::Map<const VectorXd>(values_of(r).data(), probe.rows());
        result.chosen[i] = fit_split(x, y, folds.repetitions[r].splits[split], folds.protocol == Protocol::Ridge,
                                     numbers, predictions[r]);
      },
      [](std::size_t, double) {});
  for (std::size_t number = 0; number < numbers.size(); ++number) {
    HeldOut& sum = result.held_out.emplace_back(nothing_yet(count));
    for (std::size_t r = 0; r < repetitions; ++r)
      add(sum, predictions[r].col(static_cast<Eigen::Index>(number)), values_of(r),
          1 / static_cast<double>(repetitions));
  }
  return result;
}

} // namespace scalescope
