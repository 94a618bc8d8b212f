#include "core/experiment/sweep.h"

#include <algorithm>
#include <numeric>

namespace scalescope {

std::vector<std::size_t> likeliest_classes(const std::vector<SweepPoint>& sweep, std::size_t count) {
  if (sweep.empty())
    return {};
  std::vector<float> highest = sweep.front().probabilities;
  for (const SweepPoint& point : sweep)
    for (std::size_t c = 0; c < highest.size(); ++c)
      highest[c] = std::max(highest[c], point.probabilities[c]);
  std::vector<std::size_t> classes(highest.size());
  std::iota(classes.begin(), classes.end(), std::size_t{0});
  std::ranges::stable_sort(classes, std::greater(), [&](std::size_t c) { return highest[c]; });
  classes.resize(std::min(count, classes.size()));
  return classes;
}

} // namespace scalescope
