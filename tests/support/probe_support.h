#pragma once
// Common parts of the tests of the probe.

#include "core/probe/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace scalescope {

using Targets = std::vector<std::vector<std::vector<double>>>;

inline std::vector<std::string> names(std::size_t count) {
  std::vector<std::string> result(count);
  std::ranges::generate(result, [i = 0]() mutable { return fmt::format("photo {}", i++); });
  return result;
}

inline Folds folds_of(std::size_t rows, int repetitions = 1, Protocol protocol = Protocol::RidgeUnclipped) {
  return draw_folds(protocol, names(rows), names(rows), repetitions, 0);
}

inline std::vector<std::int64_t> count_up(std::size_t rows) {
  std::vector<std::int64_t> indices(rows);
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
}

inline std::vector<float> normal(std::size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> distribution;
  std::vector<float> values(count);
  std::ranges::generate(values, [&] { return distribution(generator); });
  return values;
}

/// A probe of one layer.
inline Probe probe_of(const std::vector<float>& values, int channels) {
  Probe probe({{"layer", channels}});
  const std::vector<std::span<const float>> features = {values};
  probe.add(count_up(values.size() / static_cast<std::size_t>(channels)), features);
  return probe;
}

inline std::vector<double> column(const std::vector<float>& values, int channels, int index) {
  std::vector<double> result;
  for (std::size_t i = static_cast<std::size_t>(index); i < values.size(); i += static_cast<std::size_t>(channels)) {
    result.push_back(values[i]);
  }
  return result;
}

inline std::vector<double> score_one(const Probe& probe, const std::vector<double>& y, const Folds& folds) {
  return probe.score(Targets{{y}}, folds, 1)[0][0].r2;
}

} // namespace scalescope
