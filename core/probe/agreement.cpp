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
  std::vector<double> count_a(classes);
  std::vector<double> count_b(classes);
  double agreed = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ++count_a[static_cast<std::size_t>(a[i])];
    ++count_b[static_cast<std::size_t>(b[i])];
    agreed += a[i] == b[i] ? 1 : 0;
  }
  const auto items = static_cast<double>(a.size());
  const double observed = agreed / items;
  double expected = 0;
  for (std::size_t c = 0; c < classes; ++c)
    expected += count_a[c] * count_b[c];
  expected /= items * items;
  return expected == 1 ? NAN : (observed - expected) / (1 - expected);
}

int nearest_class(double x, std::span<const double> values) {
  assert(!values.empty());
  const auto nearest = std::ranges::min_element(values, {}, [&](double value) { return std::abs(x - value); });
  return static_cast<int>(nearest - values.begin());
}

} // namespace scalescope
