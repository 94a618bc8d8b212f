// Probe::score: checks, the tasks, and R2.

#include "core/probe/score.h"

#include "core/base/error.h"
#include "core/base/statistics.h"
#include "core/probe/detail/least_squares.h"
#include "core/probe/detail/r_squared.h"
#include "core/probe/detail/ridge.h"
#include "core/probe/detail/tasks.h"
#include "core/probe/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace scalescope {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

/// The targets of one repetition, rows x sets.
MatrixXd targets_of(std::span<const std::vector<std::vector<double>>> targets, std::size_t repetition,
                    std::size_t repetitions, Eigen::Index rows) {
  MatrixXd y(rows, static_cast<Eigen::Index>(targets.size()));
  for (std::size_t set = 0; set < targets.size(); ++set) {
    if (targets[set].size() != repetitions && targets[set].size() != 1) {
      throw Error(fmt::format("Target set {} has {} entries: give it one, or one for each of the {} repetitions.", set,
                              targets[set].size(), repetitions));
    }
    const std::vector<double>& values = targets[set][targets[set].size() == 1 ? 0 : repetition];
    if (static_cast<Eigen::Index>(values.size()) != rows) {
      throw Error(fmt::format("Target set {} has {} values for {} rows: give one per row.", set, values.size(), rows));
    }
    if (!std::ranges::all_of(values, [](double value) { return std::isfinite(value); })) {
      throw Error(fmt::format("Target set {} holds a value that is not a finite number: check the measure.", set));
    }
    if (std::ranges::adjacent_find(values, std::ranges::not_equal_to()) == values.end()) {
      throw Error(fmt::format("Target set {} is constant, {} in all {} rows, so there is nothing to regress: choose a "
                              "measure that differs between the images.",
                              set, values.front(), rows));
    }
    y.col(static_cast<Eigen::Index>(set)) = Eigen::Map<const VectorXd>(values.data(), rows);
  }
  return y;
}

/// Rows that a repetition holds out, ascending.
std::vector<int> held_out(const Repetition& repetition) {
  std::vector<int> rows;
  for (const Split& split : repetition.splits) {
    rows.insert(rows.end(), split.test.begin(), split.test.end());
  }
  std::ranges::sort(rows);
  return rows;
}

/// Whether the numbers are 0 .. K-1 with each there, for at least two.
bool are_folds(std::vector<int> numbers) {
  std::ranges::sort(numbers);
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers.size() >= 2 && numbers.front() == 0 && numbers.back() == static_cast<int>(numbers.size()) - 1;
}

bool is_split_of(const Split& split, Protocol protocol, std::int64_t rows) {
  std::vector<int> all = split.train;
  all.insert(all.end(), split.test.begin(), split.test.end());
  std::ranges::sort(all);
  const bool whole = !split.train.empty() && !split.test.empty() && static_cast<std::int64_t>(all.size()) == rows &&
                     all.front() == 0 && all.back() == rows - 1 && std::ranges::adjacent_find(all) == all.end();
  return whole && (protocol == Protocol::Paper || (split.inner.size() == split.train.size() && are_folds(split.inner)));
}

void check_folds(const Folds& folds, std::int64_t rows) {
  if (static_cast<std::int64_t>(folds.rows.size()) != rows) {
    throw Error(fmt::format("The folds are for {} rows, but the features have {}: use folds made for these images.",
                            folds.rows.size(), rows));
  }
  for (const Repetition& repetition : folds.repetitions) {
    const std::vector<int> held = held_out(repetition);
    const bool once = std::ranges::adjacent_find(held) == held.end();
    const bool covered = folds.protocol == Protocol::Paper || static_cast<std::int64_t>(held.size()) == rows;
    const auto is_split = [&](const Split& split) { return is_split_of(split, folds.protocol, rows); };
    if (repetition.splits.empty() || !once || !covered || !std::ranges::all_of(repetition.splits, is_split)) {
      throw Error(
          fmt::format("The folds with seed {} do not split the {} rows: draw them again.", repetition.seed, rows));
    }
  }
}

void check_held_out(const MatrixXd& y, const Repetition& repetition) {
  const std::vector<int> rows = held_out(repetition);
  for (Eigen::Index set = 0; set < y.cols(); ++set) {
    const VectorXd held = y(rows, set);
    if ((held.array() == held[0]).all()) {
      throw Error(fmt::format("The rows that the split with seed {} holds out all have the target {}, so R2 is not "
                              "defined: add images, or choose another seed.",
                              repetition.seed, held[0]));
    }
  }
}

} // namespace

double LayerScore::mean() const { return mean_of(r2); }
double LayerScore::standard_deviation() const { return standard_deviation_of(r2); }

void Probe::check_rows(const std::vector<std::size_t>& order) const {
  const auto twice =
      std::ranges::adjacent_find(order, [this](std::size_t a, std::size_t b) { return indices_[a] == indices_[b]; });
  if (twice != order.end()) {
    throw Error(fmt::format("Row {} was given to the probe twice: give each row once.", indices_[*twice]));
  }
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const LayerRows x(store_, i, order);
    x.by_block(x.all(), [&](std::span<const int> some) {
      const auto is_finite = [](float value) { return std::isfinite(value); };
      const auto bad = std::ranges::find_if_not(
          some, [&](int row) { return std::all_of(x[row], x[row] + x.channels(), is_finite); });
      if (bad != some.end()) {
        throw Error(fmt::format("Layer {} has a feature that is not a finite number (row {}): leave the layer out, or "
                                "check the model and the image.",
                                layers_[i].name, indices_[order[static_cast<std::size_t>(*bad)]]));
      }
    });
  }
}

std::vector<Scores> Probe::score(std::span<const std::vector<std::vector<double>>> targets, const Folds& folds,
                                 int threads, std::stop_token stop, const Progress& progress,
                                 const PartialScores& partial) const {
  const std::vector<std::size_t> order = ascending();
  check_folds(folds, rows());
  check_rows(order);
  const std::size_t repetitions = folds.repetitions.size();
  std::vector<MatrixXd> truth;
  for (std::size_t r = 0; r < repetitions; ++r) {
    truth.push_back(targets_of(targets, r, repetitions, rows()));
    check_held_out(truth.back(), folds.repetitions[r]);
  }

  // An entry is one layer in one repetition, a task one split of it. Each task has its own predictions, so that the
  // result does not depend on the threads. The widest layers go first: the threads then finish together.
  std::vector<std::size_t> widest_first(layers_.size());
  std::iota(widest_first.begin(), widest_first.end(), std::size_t{0});
  std::ranges::stable_sort(widest_first, std::ranges::greater(), [this](std::size_t i) { return layers_[i].channels; });
  struct Entry {
    std::size_t layer = 0;
    std::size_t repetition = 0;
    std::vector<RidgeAnswer> answers; ///< of each split, for its test rows
    std::size_t unfinished = 0;       ///< splits
  };
  struct Task {
    std::size_t entry = 0;
    std::size_t split = 0;
  };
  std::vector<Entry> entries;
  std::vector<Task> tasks;
  std::vector<double> costs;
  for (std::size_t r = 0; r < repetitions; ++r) {
    const std::size_t splits = folds.repetitions[r].splits.size();
    for (const std::size_t layer : widest_first) {
      for (std::size_t split = 0; split < splits; ++split) {
        tasks.push_back({entries.size(), split});
        costs.push_back(layers_[layer].channels);
      }
      entries.push_back({layer, r, std::vector<RidgeAnswer>(splits), splits});
    }
  }

  const auto predict = [&](std::size_t i) {
    Entry& entry = entries[tasks[i].entry];
    const Split& split = folds.repetitions[entry.repetition].splits[tasks[i].split];
    const LayerRows x(store_, entry.layer, order);
    const MatrixXd& y = truth[entry.repetition];
    entry.answers[tasks[i].split] = folds.protocol == Protocol::Paper
                                        ? RidgeAnswer{.predictions = least_squares_predictions(x, y, split)}
                                        : ridge_predictions(x, y, split, folds.protocol == Protocol::Ridge, stop);
  };

  std::vector<Scores> scores(targets.size(), Scores(layers_.size(), {.r2 = std::vector<double>(repetitions)}));
  run_tasks(costs, threads, stop, predict, [&](std::size_t i, double share) {
    Entry& entry = entries[tasks[i].entry];
    if (--entry.unfinished == 0) {
      const MatrixXd& y = truth[entry.repetition];
      MatrixXd predicted(y.rows(), y.cols());
      double largest_z_score = 0;
      for (std::size_t split = 0; split < entry.answers.size(); ++split) {
        predicted(folds.repetitions[entry.repetition].splits[split].test, Eigen::all) =
            entry.answers[split].predictions;
        largest_z_score = std::max(largest_z_score, entry.answers[split].largest_z_score);
      }
      entry.answers.clear(); // they would grow with rows x layers x repetitions
      const std::vector<int> held = held_out(folds.repetitions[entry.repetition]);
      for (std::size_t set = 0; set < targets.size(); ++set) {
        const auto column = static_cast<Eigen::Index>(set);
        const VectorXd said = predicted(held, column);
        const double r2 = r_squared(y(held, column), said);
        LayerScore& score = scores[set][entry.layer];
        score.r2[entry.repetition] = r2;
        score.largest_z_score = std::max(score.largest_z_score, largest_z_score);
        if (partial) {
          partial({set, entry.layer, entry.repetition, r2, held, {said.data(), held.size()}});
        }
      }
    }
    if (progress) {
      progress(share);
    }
  });
  return scores;
}

} // namespace scalescope
