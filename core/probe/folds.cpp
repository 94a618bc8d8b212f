#include "core/probe/folds.h"

#include "core/base/error.h"
#include "core/probe/detail/numbered.h"
#include "core/probe/detail/numpy_random.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <random>
#include <stdexcept>
#include <utility>

namespace scalescope {

namespace {

constexpr int fold_count = 5;
constexpr double paper_test_share = 0.3;

/// permutation() for a generator that is seeded like NumPy's, and is drawn from further.
std::vector<int> permuted(int count, std::mt19937& generator) {
  std::vector<int> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (int i = count - 1; i >= 1; --i) {
    std::swap(order[static_cast<std::size_t>(i)], order[draw_up_to(static_cast<std::uint32_t>(i), generator)]);
  }
  return order;
}

/// The fold of each of `count` items: KFold(5, shuffle=True, random_state=seed).
std::vector<int> k_fold(int count, std::uint32_t seed) {
  const std::vector<int> order = permutation(count, seed);
  std::vector<int> fold(order.size());
  auto next = order.begin();
  for (int k = 0; k < fold_count; ++k) {
    const int size = count / fold_count + (k < count % fold_count ? 1 : 0);
    for (int i = 0; i < size; ++i) {
      fold[static_cast<std::size_t>(*next++)] = k;
    }
  }
  return fold;
}

/// Whether each of `count` items is held out: ShuffleSplit(1, test_size=0.3, random_state=seed).
std::vector<bool> hold_out(int count, std::uint32_t seed) {
  const auto held = static_cast<std::ptrdiff_t>(std::ceil(paper_test_share * count));
  const std::vector<int> order = permutation(count, seed);
  std::vector<bool> test(order.size());
  std::for_each_n(order.begin(), held, [&](int i) { test[static_cast<std::size_t>(i)] = true; });
  return test;
}

/// Groups that have as many rows each; of each group its rows.
using GroupsOfOneSize = std::vector<std::vector<std::size_t>>;

/// Sizes, groups and rows in the order in which they first appear.
std::vector<GroupsOfOneSize> by_size(std::span<const std::string> groups) {
  const Numbered group = number(groups);
  std::vector<std::vector<std::size_t>> members(static_cast<std::size_t>(group.count));
  for (std::size_t row = 0; row < groups.size(); ++row) {
    members[static_cast<std::size_t>(group.of[row])].push_back(row);
  }
  std::vector<GroupsOfOneSize> result;
  for (std::vector<std::size_t>& rows : members) {
    auto alike =
        std::ranges::find_if(result, [&](const GroupsOfOneSize& some) { return some[0].size() == rows.size(); });
    if (alike == result.end()) {
      alike = result.insert(alike, GroupsOfOneSize());
    }
    alike->push_back(std::move(rows));
  }
  return result;
}

Split k_fold_split(const std::vector<int>& group_of_row, const std::vector<int>& fold_of_group, int held,
                   std::uint32_t seed) {
  // The groups of the training part, numbered in their order of appearance, draw the inner folds among themselves.
  std::vector<int> training_number(fold_of_group.size());
  int training_groups = 0;
  for (std::size_t g = 0; g < fold_of_group.size(); ++g) {
    training_number[g] = fold_of_group[g] == held ? -1 : training_groups++;
  }
  const std::vector<int> inner_fold = k_fold(training_groups, seed);
  Split split;
  for (std::size_t row = 0; row < group_of_row.size(); ++row) {
    const int g = training_number[static_cast<std::size_t>(group_of_row[row])];
    if (g < 0) {
      split.test.push_back(static_cast<int>(row));
    } else {
      split.train.push_back(static_cast<int>(row));
      split.inner.push_back(inner_fold[static_cast<std::size_t>(g)]);
    }
  }
  return split;
}

Split paper_split(const std::vector<int>& group_of_row, const std::vector<bool>& held) {
  Split split;
  for (std::size_t row = 0; row < group_of_row.size(); ++row) {
    (held[static_cast<std::size_t>(group_of_row[row])] ? split.test : split.train).push_back(static_cast<int>(row));
  }
  return split;
}

void need_groups(Protocol protocol, int groups) {
  // The largest outer test part takes ceil(groups / 5); what is left must fill five inner folds.
  const int least = protocol == Protocol::Paper ? 2 : fold_count + 2;
  if (groups < least) {
    throw Error(fmt::format("The probe has {} source image{}, and the {} protocol needs at least {}: add images.",
                            groups, groups == 1 ? "" : "s", text_of(protocol), least));
  }
}

} // namespace

std::vector<int> permutation(int count, std::uint32_t seed) {
  std::mt19937 generator(seed);
  return permuted(count, generator);
}

Folds draw_folds(Protocol protocol, std::span<const std::string> rows, std::span<const std::string> groups,
                 int repetitions, std::uint32_t seed) {
  if (rows.size() != groups.size() || repetitions < 1) {
    throw std::invalid_argument("draw_folds: each row needs a group, and there must be a repetition");
  }
  const Numbered group = number(groups);
  need_groups(protocol, group.count);
  Folds folds{.protocol = protocol, .rows = {rows.begin(), rows.end()}, .repetitions = {}};
  for (int r = 0; r < repetitions; ++r) {
    Repetition repetition{.seed = seed + static_cast<std::uint32_t>(r), .splits = {}};
    if (protocol == Protocol::Paper) {
      repetition.splits.push_back(paper_split(group.of, hold_out(group.count, repetition.seed)));
    } else {
      const std::vector<int> fold_of_group = k_fold(group.count, repetition.seed);
      for (int k = 0; k < fold_count; ++k) {
        repetition.splits.push_back(k_fold_split(group.of, fold_of_group, k, repetition.seed));
      }
    }
    folds.repetitions.push_back(std::move(repetition));
  }
  return folds;
}

std::vector<double> permute_among_groups(std::span<const double> values, std::span<const std::string> groups,
                                         std::uint32_t seed) {
  if (values.size() != groups.size()) {
    throw std::invalid_argument("permute_among_groups: each value needs a group");
  }
  std::mt19937 generator(seed);
  std::vector<double> result(values.size());
  for (const GroupsOfOneSize& receivers : by_size(groups)) {
    const std::vector<int> givers = permuted(static_cast<int>(receivers.size()), generator);
    for (std::size_t g = 0; g < receivers.size(); ++g) {
      const std::vector<std::size_t>& from = receivers[static_cast<std::size_t>(givers[g])];
      const std::vector<int> order = permuted(static_cast<int>(from.size()), generator);
      for (std::size_t i = 0; i < from.size(); ++i) {
        result[receivers[g][i]] = values[from[static_cast<std::size_t>(order[i])]];
      }
    }
  }
  return result;
}

double kept_by_permutation(std::span<const double> values, std::span<const std::string> groups) {
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  double kept = 0;
  for (const GroupsOfOneSize& exchanging : by_size(groups)) {
    double sum = 0;
    double rows = 0;
    for (const std::vector<std::size_t>& group : exchanging) {
      for (const std::size_t row : group) {
        sum += values[row] - mean;
        rows += 1;
      }
    }
    kept += sum * sum / rows;
  }
  double whole = 0;
  for (const double value : values) {
    whole += (value - mean) * (value - mean);
  }
  return whole > 0 ? kept / whole : 1;
}

} // namespace scalescope
