#pragma once
// Rows of one layer's features, and statistics of their columns (private to this room).

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace scalescope {

/// One layer's features, addressed by the row's place among the ascending indices. Nothing is copied.
class LayerRows {
 public:
  LayerRows(const std::vector<float>& values, std::size_t channels, const std::vector<std::size_t>& order)
      : values_(values), order_(order), channels_(channels) {}
  [[nodiscard]] const float* operator[](int row) const {
    return values_.data() + order_[static_cast<std::size_t>(row)] * channels_;
  }
  [[nodiscard]] int rows() const { return static_cast<int>(order_.size()); }
  [[nodiscard]] int channels() const { return static_cast<int>(channels_); }

 private:
  std::span<const float> values_;
  std::span<const std::size_t> order_; ///< where each row lies in `values_`
  std::size_t channels_;
};

/// Count, mean and sum of squared deviations of each column over some rows.
struct ColumnMoments {
  double count = 0;
  std::vector<double> mean;
  std::vector<double> squares;
};

[[nodiscard]] ColumnMoments column_moments(const LayerRows& x, std::span<const int> rows);

/// The moments of the union of parts other than the one numbered `left_out` (-1: of all). Parts are put together, never
/// taken away from a whole, so that a column that is constant in them is seen to be so.
[[nodiscard]] ColumnMoments combine(std::span<const ColumnMoments> parts, int left_out);

/// How a column is standardised: z = (x - mean) * scale. Nearly constant columns have the scale 0 and so play no part.
struct Standardisation {
  std::vector<double> mean;
  std::vector<double> scale;
};

/// Scale 1 / deviation (population); 0 for a deviation of at most `least` times the largest.
[[nodiscard]] Standardisation standardisation(ColumnMoments moments, double least);

/// Writes columns first .. first+count-1 of a row, standardised.
void standardise(const float* row, const Standardisation& by, int first, int count, double* out);

} // namespace scalescope
