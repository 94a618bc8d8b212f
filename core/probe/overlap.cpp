#include "core/probe/overlap.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace scalescope {
namespace {

double log_of_choices(int of, int chosen) {
  return std::lgamma(of + 1.0) - std::lgamma(chosen + 1.0) - std::lgamma(of - chosen + 1.0);
}

} // namespace

double jaccard(std::span<const int> a, std::span<const int> b) {
  const auto in_both =
      static_cast<double>(std::ranges::count_if(a, [&](int item) { return std::ranges::count(b, item) > 0; }));
  const double in_either = static_cast<double>(a.size() + b.size()) - in_both;
  return in_either > 0 ? in_both / in_either : 1;
}

double jaccard_by_chance(int chosen, int all) {
  double mean = 0;
  for (int i = std::max(0, 2 * chosen - all); i <= chosen; ++i) {
    const double probability =
        std::exp(log_of_choices(chosen, i) + log_of_choices(all - chosen, chosen - i) - log_of_choices(all, chosen));
    mean += probability * i / (2 * chosen - i);
  }
  return mean;
}

double mean_jaccard(std::span<const std::vector<int>> lists) {
  double sum = 0;
  for (std::size_t i = 0; i < lists.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      sum += jaccard(lists[i], lists[j]);
  return 2 * sum / static_cast<double>(lists.size() * (lists.size() - 1));
}

} // namespace scalescope
