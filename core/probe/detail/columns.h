#pragma once
// Rows of one layer's features, and statistics of their columns (private to this library).

#include "core/probe/detail/feature_store.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace scalescope {

/// One layer's features, addressed by the row's place among the ascending indices. Nothing is copied.
class LayerRows {
 public:
  /// Rows that are used at a time. They stay in the processor's cache. Together with rows of other folds between them,
  /// which are also loaded, they are a few megabytes.
  static constexpr int block = 64;

  /// @param order where each row lies in the store.
  LayerRows(const FeatureStore& store, std::size_t layer, const std::vector<std::size_t>& order)
      : store_(store), order_(order), layer_(layer) {}
  [[nodiscard]] const float* operator[](int row) const { return store_.row(layer_, place(row)); }
  [[nodiscard]] int rows() const { return static_cast<int>(order_.size()); }
  [[nodiscard]] std::vector<int> all() const {
    std::vector<int> numbers(order_.size());
    std::iota(numbers.begin(), numbers.end(), 0);
    return numbers;
  }
  [[nodiscard]] int channels() const { return static_cast<int>(store_.channels(layer_)); }

  /// Calls use(some) with `block` of the rows at a time and releases them after it, so that memory does not grow with
  /// the number of rows.
  template <class Use>
  void by_block(std::span<const int> rows, const Use& use) const {
    for (std::size_t first = 0; first < rows.size(); first += block) {
      const std::span<const int> some = rows.subspan(first, std::min<std::size_t>(block, rows.size() - first));
      use(some);
      release(some);
    }
  }

  /// Releases the memory of the rows until they are read again.
  void release(std::span<const int> rows) const {
    const auto [first, last] = std::ranges::minmax(rows, {}, [this](int row) { return place(row); });
    store_.release(place(first), place(last));
  }

 private:
  [[nodiscard]] std::size_t place(int row) const { return order_[static_cast<std::size_t>(row)]; }

  const FeatureStore& store_;
  std::span<const std::size_t> order_;
  std::size_t layer_;
};

/// Count, mean, sum of squared deviations and range of each column over some rows.
struct ColumnMoments {
  double count = 0;
  std::vector<double> mean;
  std::vector<double> squares;
  std::vector<float> least;
  std::vector<float> largest;
};

[[nodiscard]] ColumnMoments column_moments(const LayerRows& x, std::span<const int> rows);

/// The moments of the union of parts other than the one numbered `left_out` (-1: of all). Parts are added, never
/// subtracted from a total, so that constant columns are recognised exactly.
[[nodiscard]] ColumnMoments combine(std::span<const ColumnMoments> parts, int left_out);

/// How a column is standardised: z = (x - mean) * scale. Nearly constant columns have the scale 0 and have no effect.
struct Standardisation {
  std::vector<double> mean;
  std::vector<double> scale;
  std::vector<float> least;   ///< smaller values are raised to this before; empty: no clipping
  std::vector<float> largest; ///< likewise for larger values
};

/// Scale 1 / standard deviation (population); 0 for a standard deviation of at most `least_share` of the largest. Clips
/// to the range of the moments where asked for.
[[nodiscard]] Standardisation standardisation(ColumnMoments moments, double least_share, bool clip);

/// Writes columns first .. first+count-1 of a row, standardised.
void standardise(const float* row, const Standardisation& by, int first, int count, double* out);

} // namespace scalescope
