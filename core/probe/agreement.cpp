#include "core/probe/agreement.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <vector>

namespace scalescope {

double mean_absolute_error(std::span<const double> truth, std::span<const double> predicted) {
  assert(truth.size() == predicted.size() && !truth.empty());
  double sum = 0;
  for (std::size_t i = 0; i < truth.size(); ++i)
    sum += std::abs(truth[i] - predicted[i]);
  return sum / static_cast<double>(truth.size());
}

double cohen_kappa(std::span<const int> a, std::span<const int> b) {
  assert(a.size() == b.size() && !a.empty());
  const auto classes = static_cast<std::size_t>(std::max(std::ranges::max(a), std::ranges::max(b))) + 1;
  std::vector<double> share_a(classes);
  std::vector<double> share_b(classes);
  const double one = 1 / static_cast<double>(a.size());
  double observed = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    share_a[static_cast<std::size_t>(a[i])] += one;
    share_b[static_cast<std::size_t>(b[i])] += one;
    observed += a[i] == b[i] ? one : 0;
  }
  const auto is_first = [&](int c) { return c == a[0]; };
  if (std::ranges::all_of(a, is_first) && std::ranges::all_of(b, is_first))
    return NAN; // in numbers that may be rounded, 1 - expected need not be zero
  double expected = 0;
  for (std::size_t c = 0; c < classes; ++c)
    expected += share_a[c] * share_b[c];
  return (observed - expected) / (1 - expected);
}

int nearest_class(double x, std::span<const double> values) {
  assert(!values.empty());
  const auto nearest = std::ranges::min_element(values, {}, [&](double value) { return std::abs(x - value); });
  return static_cast<int>(nearest - values.begin());
}

} // namespace scalescope
