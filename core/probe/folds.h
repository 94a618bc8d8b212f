#pragma once

#include "core/base/enum_names.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scalescope {

/// "ridge": R repetitions of a K-fold with ridge regression; lambda by an inner K-fold on the training rows; every
///          held-out feature is first clipped to the range of the fitted rows (winsorised).
/// "ridge-unclipped": the same on the same folds without clipping, as scikit-learn's Ridge.
/// "paper": R random 70/30 splits with ordinary least squares.
/// In 0.1.0 the first was called "clipped", and the second "robust" was the default.
enum class Protocol { Ridge, RidgeUnclipped, Paper };
template <>
inline constexpr auto enum_names<Protocol> =
    std::to_array<std::pair<std::string_view, Protocol>>({{"ridge", Protocol::Ridge},
                                                          {"ridge-unclipped", Protocol::RidgeUnclipped},
                                                          {"paper", Protocol::Paper},
                                                          {"clipped", Protocol::Ridge},
                                                          {"robust", Protocol::RidgeUnclipped}});

/// One split of the rows, as positions 0 .. rows-1. Both parts are ascending.
struct Split {
  std::vector<int> train;
  std::vector<int> test;
  std::vector<int> inner; ///< for each entry of `train` its inner fold, 0 .. K-1; empty in the paper protocol
};

/// One repetition: K splits whose test parts cover every row once (ridge), or a single split (paper).
struct Repetition {
  std::uint32_t seed = 0;
  std::vector<Split> splits;
};

/// All splits of an experiment, with the names of the rows, so that they can be used again elsewhere.
struct Folds {
  Protocol protocol = Protocol::Ridge;
  std::vector<std::string> rows; ///< Sample::id of each row
  std::vector<Repetition> repetitions;
};

/// 0 .. count-1 in the order of NumPy's RandomState(seed).permutation(count).
[[nodiscard]] std::vector<int> permutation(int count, std::uint32_t seed);

/// Draws the folds. Rows of one group stay together, in the inner folds too. Repetition r uses seed + r.
/// With one row a group the folds are those of scikit-learn: KFold(5, shuffle=True, random_state=seed) on the rows, and
/// the same on each training part; ShuffleSplit(1, test_size=0.3, random_state=seed) for the paper protocol. With
/// larger groups the same is done on the groups in the order in which they first appear.
/// @throws Error if there are fewer groups than folds, in all rows or in a training part.
[[nodiscard]] Folds draw_folds(Protocol protocol, std::span<const std::string> rows,
                               std::span<const std::string> groups, int repetitions, std::uint32_t seed);

/// Shuffles the values for the control "random scale" and for the permutation test, in two steps. (1) Groups with the
/// same number of rows swap all their values. (2) Each group shuffles its values. Both draw from one NumPy
/// RandomState(seed): first the sizes, in the order in which they first appear, then group by group. With one row a
/// group this is permutation(values). Values never move between groups of different sizes: if the features tell
/// nothing, all these orders are equally likely, so the permutation test is exact.
[[nodiscard]] std::vector<double> permute_among_groups(std::span<const double> values,
                                                       std::span<const std::string> groups, std::uint32_t seed);

/// The share of the values' variance that no permutation moves, 0 to 1: that of the means over groups of one size. This
/// part can be read from permuted targets, too. 0 if all groups have the same number of rows; 1 if no permutation
/// changes anything: all values are equal, or no group has a partner and no values differ within a group.
[[nodiscard]] double kept_by_permutation(std::span<const double> values, std::span<const std::string> groups);

} // namespace scalescope
