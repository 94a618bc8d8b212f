#pragma once

#include <span>
#include <vector>

namespace scalescope {

/// The Jaccard index of two sets: how many are in both, divided by how many are in either. 1 for two empty sets.
/// @param a,b each without repetitions, in any order.
[[nodiscard]] double jaccard(std::span<const int> a, std::span<const int> b);

/// The expected Jaccard index of two sets of `chosen` items that are drawn independently from `all` items: the mean of
/// i / (2 chosen - i), where i has the hypergeometric distribution.
[[nodiscard]] double jaccard_by_chance(int chosen, int all);

/// The mean Jaccard index over all pairs of the lists. @param lists at least two.
[[nodiscard]] double mean_jaccard(std::span<const std::vector<int>> lists);

} // namespace scalescope
