#include "core/probe/transformed.h"

#include "core/probe/detail/tasks.h"

#include <unsupported/Eigen/SpecialFunctions>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace scalescope {
namespace {

constexpr float least_logarithm = 1e-12F;

// The normal scores of the values by their ranks.
void rank_normal(std::vector<float>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t row) { return values[row]; });
  std::vector<float> scores(values.size());
  for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
    while (last < order.size() && values[order[last]] == values[order[first]])
      ++last;
    const double rank = 0.5 * static_cast<double>(first + last); // (first + 1 + last) / 2 - 0.5
    const auto score = static_cast<float>(Eigen::numext::ndtri(rank / static_cast<double>(order.size())));
    for (std::size_t i = first; i < last; ++i)
      scores[order[i]] = score;
  }
  values = std::move(scores);
}

void transform(std::vector<float>& features, std::size_t channels, FeatureTransform how) {
  if (how == FeatureTransform::Log) {
    for (float& value : features)
      value = std::log(std::max(value, least_logarithm));
    return;
  }
  std::vector<float> column(features.size() / channels);
  for (std::size_t channel = 0; channel < channels; ++channel) {
    for (std::size_t row = 0; row < column.size(); ++row)
      column[row] = features[row * channels + channel];
    rank_normal(column);
    for (std::size_t row = 0; row < column.size(); ++row)
      features[row * channels + channel] = column[row];
  }
}

} // namespace

Probe transformed(const Probe& probe, std::span<const std::size_t> layers, FeatureTransform how, int threads) {
  std::vector<ProbeLayer> chosen;
  std::vector<double> costs;
  for (const std::size_t layer : layers) {
    chosen.push_back(probe.layers()[layer]);
    costs.push_back(chosen.back().channels);
  }
  std::vector<std::vector<float>> features(layers.size());
  run_tasks(
      costs, threads, {},
      [&](std::size_t i) {
        features[i] = probe.features(layers[i]);
        transform(features[i], static_cast<std::size_t>(chosen[i].channels), how);
      },
      [](std::size_t, double) {});
  Probe result(std::move(chosen));
  result.add(probe.sorted_indices(), std::vector<std::span<const float>>(features.begin(), features.end()));
  return result;
}

} // namespace scalescope
