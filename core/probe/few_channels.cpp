#include "core/probe/few_channels.h"

#include "core/probe/detail/own_rows.h"
#include "core/probe/detail/pursuit.h"
#include "core/probe/detail/ridge.h"
#include "core/probe/detail/tasks.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace scalescope {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

/// One split of one repetition.
struct SplitFit {
  const LayerRows& x;
  const VectorXd& y;
  const Split& split;
  bool clip;
  std::span<const int> numbers;
  const std::stop_token& stop;
};

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

Standardisation standardisation_of(const SplitFit& fit) {
  return standardisation(column_moments(fit.x, fit.split.train), least_deviation, fit.clip);
}

/// @param predictions rows x numbers: those of the test part are set. @return the chosen channels.
std::vector<int> fit_pursuit(const SplitFit& fit, MatrixXd& predictions) {
  const Standardisation by = standardisation_of(fit);
  const double mean = fit.y(fit.split.train).mean();
  const VectorXd centred = fit.y(fit.split.train).array() - mean;
  Pursuit found = pursue(standardised(fit.x, fit.split.train, by), centred, fit.numbers.back());
  const MatrixXd held = standardised(fit.x, fit.split.test, by)(Eigen::all, found.chosen);
  for (std::size_t i = 0; i < fit.numbers.size(); ++i) {
    const VectorXd weights = found.coefficients(fit.numbers[i]);
    predictions(fit.split.test, static_cast<Eigen::Index>(i)) =
        (held.leftCols(weights.size()) * weights).array() + mean;
  }
  return std::move(found.chosen);
}

std::vector<int> by_correlation(const SplitFit& fit) {
  const VectorXd centred = fit.y(fit.split.train).array() - fit.y(fit.split.train).mean();
  const VectorXd products =
      column_products(standardised(fit.x, fit.split.train, standardisation_of(fit)), centred).cwiseAbs();
  std::vector<int> order(static_cast<std::size_t>(products.size()));
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::ranges::greater(), [&](int channel) { return products[channel]; });
  return order;
}

OwnRows columns_of(const LayerRows& x, std::span<const int> channels) {
  std::vector<float> values;
  values.reserve(channels.size() * static_cast<std::size_t>(x.rows()));
  x.by_block(x.all(), [&](std::span<const int> some) {
    for (const int row : some)
      for (const int channel : channels)
        values.push_back(x[row][channel]);
  });
  return {values, channels.size()};
}

/// @param order of all channels. @param predictions as above. @return the first ones.
std::vector<int> fit_ridge(const SplitFit& fit, std::vector<int> order, MatrixXd& predictions) {
  for (std::size_t i = 0; i < fit.numbers.size(); ++i) {
    const OwnRows few = columns_of(fit.x, std::span(order).first(static_cast<std::size_t>(fit.numbers[i])));
    predictions(fit.split.test, static_cast<Eigen::Index>(i)) =
        ridge_predictions(few.rows(), fit.y, fit.split, fit.clip, fit.stop).predictions.col(0);
  }
  order.resize(static_cast<std::size_t>(fit.numbers.back()));
  return order;
}

void add_predictions(HeldOut& sum, const VectorXd& predicted, std::span<const double> targets, double share) {
  for (std::size_t row = 0; row < targets.size(); ++row) {
    const double prediction = predicted[static_cast<Eigen::Index>(row)];
    sum.predictions[row] += share * prediction;
    sum.squared_errors[row] += share * (targets[row] - prediction) * (targets[row] - prediction);
  }
}

std::size_t smallest_fitted(const Folds& folds) {
  std::size_t fitted = folds.rows.size();
  for (const Repetition& repetition : folds.repetitions)
    for (const Split& split : repetition.splits)
      fitted = std::min(fitted, split.train.size());
  return fitted;
}

} // namespace

std::vector<int> numbers_of_channels(int channels, const Folds& folds, ChannelChoice how) {
  constexpr int most_pursued = 256;
  const int bound = how == ChannelChoice::Pursuit
                        ? std::clamp(static_cast<int>(smallest_fitted(folds) / 2), 1, most_pursued)
                        : channels;
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
                         const Folds& folds, ChannelChoice how, std::span<const int> numbers, int threads,
                         const std::stop_token& stop) {
  const auto count = static_cast<std::size_t>(probe.rows());
  const std::size_t repetitions = folds.repetitions.size();
  const auto fits = [&](const std::vector<double>& of) { return of.size() == count; };
  if (folds.protocol == Protocol::Paper || folds.rows.size() != count || numbers.empty() ||
      (targets.size() != 1 && targets.size() != repetitions) || !std::ranges::all_of(targets, fits))
    throw std::invalid_argument("few_channels: the targets are not those of the rows, or the folds not of ridge");
  const int channels = probe.layers()[layer].channels;
  const OwnRows own(probe.features(layer), static_cast<std::size_t>(channels));
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
  const auto fit_task = [&](std::size_t i) {
    const Repetition& repetition = folds.repetitions[tasks[i].repetition];
    const VectorXd y = Eigen::Map<const VectorXd>(values_of(tasks[i].repetition).data(), probe.rows());
    const SplitFit fit{x, y, repetition.splits[tasks[i].split], folds.protocol == Protocol::Ridge, numbers, stop};
    MatrixXd& predicted = predictions[tasks[i].repetition];
    result.chosen[i] = how == ChannelChoice::Pursuit ? fit_pursuit(fit, predicted)
                       : how == ChannelChoice::Correlation
                           ? fit_ridge(fit, by_correlation(fit), predicted)
                           : fit_ridge(fit, permutation(channels, repetition.seed), predicted);
  };
  run_tasks(std::vector<double>(tasks.size(), 1.0), threads, stop, fit_task, [](std::size_t, double) {});
  for (std::size_t number = 0; number < numbers.size(); ++number) {
    HeldOut& sum = result.held_out.emplace_back(HeldOut{std::vector<double>(count), std::vector<double>(count)});
    for (std::size_t r = 0; r < repetitions; ++r)
      add_predictions(sum, predictions[r].col(static_cast<Eigen::Index>(number)), values_of(r),
                      1 / static_cast<double>(repetitions));
  }
  return result;
}

} // namespace scalescope
