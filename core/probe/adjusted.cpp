#include "core/probe/adjusted.h"

#include "core/probe/detail/own_rows.h"
#include "core/probe/detail/r_squared.h"
#include "core/probe/detail/ridge.h"
#include "core/probe/detail/tasks.h"

#include <Eigen/QR>

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace scalescope {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// What is left of the columns once those of `design` are regressed out of them, fitted on the training rows.
MatrixXd left_of(const MatrixXd& columns, const MatrixXd& design, const std::vector<int>& train) {
  const Eigen::ColPivHouseholderQR<MatrixXd> fit(design(train, Eigen::all)); // covariates may depend on each other
  return columns - design * fit.solve(MatrixXd(columns(train, Eigen::all)));
}

/// The columns as rows of features.
OwnRows features_of(const MatrixXd& columns) {
  const RowMajor rows = columns.cast<float>();
  return {{rows.data(), static_cast<std::size_t>(rows.size())}, static_cast<std::size_t>(columns.cols())};
}

} // namespace

void score_adjusted(const Probe& probe, const Covariates& covariates, std::span<const double> targets,
                    const Folds& folds, int threads, const std::stop_token& stop, const Progress& progress,
                    const PartialScores& result) {
  const auto rows = static_cast<Eigen::Index>(targets.size());
  if (folds.protocol == Protocol::Paper || covariates.values.size() != covariates.count * targets.size() ||
      probe.rows() != rows)
    throw std::invalid_argument("score_adjusted: the covariates are not those of the rows, or the folds not of ridge");
  MatrixXd design(rows, static_cast<Eigen::Index>(covariates.count) + 1);
  design.col(0).setOnes();
  for (Eigen::Index row = 0; row < rows; ++row)
    for (Eigen::Index i = 1; i < design.cols(); ++i)
      design(row, i) = covariates.values[static_cast<std::size_t>(row * (design.cols() - 1) + i - 1)];
  const VectorXd y = Eigen::Map<const VectorXd>(targets.data(), rows);
  std::vector<int> all(targets.size());
  std::iota(all.begin(), all.end(), 0);

  const std::size_t layers = probe.layers().size();
  std::vector<VectorXd> predictions((layers + 1) * folds.repetitions.size());
  std::vector<double> costs;
  for (std::size_t task = 0; task < predictions.size(); ++task)
    costs.push_back(task % (layers + 1) == layers ? 1 : probe.layers()[task % (layers + 1)].channels);
  const auto predict = [&](std::size_t task) {
    const std::size_t layer = task % (layers + 1);
    MatrixXd features;
    if (layer < layers) {
      const std::vector<float> values = probe.features(layer);
      features = Eigen::Map<const RowMajor>(values.data(), rows, probe.layers()[layer].channels).cast<double>();
    }
    VectorXd& predicted = predictions[task];
    predicted.resize(rows);
    for (const Split& split : folds.repetitions[task / (layers + 1)].splits) {
      const MatrixXd left = left_of(y, design, split.train);
      predicted(split.test) = y(split.test) - left(split.test, 0);
      if (layer < layers) {
        const OwnRows residuals = features_of(left_of(features, design, split.train));
        predicted(split.test) +=
            ridge_predictions(residuals.rows(), left, split, folds.protocol == Protocol::Ridge, stop)
                .predictions.col(0);
      }
    }
  };
  run_tasks(costs, threads, stop, predict, [&](std::size_t task, double share) {
    const VectorXd& predicted = predictions[task];
    result({0,
            task % (layers + 1),
            task / (layers + 1),
            r_squared(y, predicted),
            all,
            {predicted.data(), targets.size()}});
    predictions[task] = {}; // they would grow with rows x layers x repetitions
    if (progress)
      progress(share);
  });
}

} // namespace scalescope
