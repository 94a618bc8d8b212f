#include "core/probe/by_class.h"

#include "core/probe/detail/own_rows.h"
#include "core/probe/detail/ridge.h"
#include "core/probe/detail/tasks.h"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace scalescope {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

std::vector<std::string> at(std::span<const std::string> values, const std::vector<int>& rows) {
  std::vector<std::string> result;
  for (const int row : rows)
    result.push_back(values[static_cast<std::size_t>(row)]);
  return result;
}

/// Positions in some rows as those in all.
std::vector<int> placed(const std::vector<int>& positions, const std::vector<int>& rows) {
  std::vector<int> result;
  for (const int position : positions)
    result.push_back(rows[static_cast<std::size_t>(position)]);
  return result;
}

/// The fold of each row, if the folds are drawn once.
std::vector<int> fold_of_each(std::span<const std::string> groups, std::uint32_t seed) {
  const Folds folds = draw_folds(Protocol::Ridge, groups, groups, 1, seed); // the rows' names play no role
  std::vector<int> fold(groups.size());
  for (int k = 0; const Split& split : folds.repetitions.front().splits) {
    for (const int row : split.test)
      fold[static_cast<std::size_t>(row)] = k;
    ++k;
  }
  return fold;
}

std::vector<Split> splits_of_others(const std::string& category, std::span<const std::string> categories,
                                    std::span<const std::string> groups, const std::vector<Split>& own,
                                    std::uint32_t seed) {
  std::vector<Split> result;
  for (const Split& split : own) {
    const auto held = at(groups, split.test);
    const std::set<std::string> held_groups(held.begin(), held.end());
    std::vector<int> train;
    for (std::size_t row = 0; row < categories.size(); ++row)
      if (!categories[row].empty() && categories[row] != category && !held_groups.contains(groups[row]))
        train.push_back(static_cast<int>(row));
    const auto same = std::ranges::find(result, train, &Split::train);
    if (same == result.end()) {
      std::vector<int> inner = fold_of_each(at(groups, train), seed);
      result.push_back({std::move(train), split.test, std::move(inner)});
    } else {
      same->test.insert(same->test.end(), split.test.begin(), split.test.end());
      std::ranges::sort(same->test);
    }
  }
  return result;
}

HeldOut none_yet(std::size_t rows) { return {std::vector<double>(rows), std::vector<double>(rows)}; }

} // namespace

ClassFolds folds_of_class(const std::string& category, std::span<const std::string> categories,
                          std::span<const std::string> groups, int repetitions, std::uint32_t seed) {
  ClassFolds result;
  for (std::size_t row = 0; row < categories.size(); ++row)
    if (categories[row] == category)
      result.rows.push_back(static_cast<int>(row));
  const auto of_class = at(groups, result.rows);
  result.own = draw_folds(Protocol::Ridge, of_class, of_class, repetitions, seed).repetitions;
  for (Repetition& repetition : result.own)
    for (Split& split : repetition.splits) {
      split.train = placed(split.train, result.rows);
      split.test = placed(split.test, result.rows);
    }
  result.others = splits_of_others(category, categories, groups, result.own.front().splits, seed);
  return result;
}

std::vector<ClassReading> read_by_class(const Probe& probe, std::size_t layer, std::span<const double> targets,
                                        std::span<const ClassFolds> classes, int threads, const std::stop_token& stop) {
  if (static_cast<std::int64_t>(targets.size()) != probe.rows())
    throw std::invalid_argument("read_by_class: each row needs a target");
  const OwnRows own(probe.features(layer), static_cast<std::size_t>(probe.layers()[layer].channels));
  const LayerRows x = own.rows();
  const MatrixXd y = Eigen::Map<const VectorXd>(targets.data(), probe.rows());

  struct Task {
    const Split* split;
    VectorXd predictions; ///< for its test part
  };
  std::vector<Task> tasks;
  for (const ClassFolds& one : classes) {
    for (const Repetition& repetition : one.own)
      for (const Split& split : repetition.splits)
        tasks.push_back({&split, {}});
    for (const Split& split : one.others)
      tasks.push_back({&split, {}});
  }
  std::vector<double> costs;
  for (const Task& task : tasks)
    costs.push_back(static_cast<double>(task.split->train.size()));
  run_tasks(
      costs, threads, stop,
      [&](std::size_t i) {
        tasks[i].predictions = ridge_predictions(x, y, *tasks[i].split, true, stop).predictions.col(0);
      },
      [](std::size_t, double) {});

  std::vector<ClassReading> result;
  auto next = tasks.begin();
  for (const ClassFolds& one : classes) {
    ClassReading reading{none_yet(one.rows.size()), none_yet(one.rows.size())};
    const auto take = [&](HeldOut& sum, double share) {
      for (std::size_t i = 0; i < next->split->test.size(); ++i) {
        const int row = next->split->test[i];
        const auto place = static_cast<std::size_t>(std::ranges::lower_bound(one.rows, row) - one.rows.begin());
        const double prediction = next->predictions[static_cast<Eigen::Index>(i)];
        const double error = targets[static_cast<std::size_t>(row)] - prediction;
        sum.predictions[place] += share * prediction;
        sum.squared_errors[place] += share * error * error;
      }
      ++next;
    };
    for (const Repetition& repetition : one.own)
      for (std::size_t split = 0; split < repetition.splits.size(); ++split)
        take(reading.own, 1 / static_cast<double>(one.own.size()));
    for (std::size_t split = 0; split < one.others.size(); ++split)
      take(reading.others, 1);
    result.push_back(std::move(reading));
  }
  return result;
}

} // namespace scalescope
