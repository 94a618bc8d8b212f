#include "core/probe/transformed.h"

#include "core/probe/detail/tasks.h"

#include <Eigen/Core>
#include <unsupported/Eigen/SpecialFunctions>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <utility>

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

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

std::vector<float> project(const std::vector<float>& features, int channels, int width, std::uint32_t seed) {
  const auto rows = static_cast<Eigen::Index>(features.size()) / channels;
  const Eigen::MatrixXd x = Eigen::Map<const RowMajor>(features.data(), rows, channels).cast<double>();
  std::mt19937 generator(seed);
  std::normal_distribution normal;
  Eigen::MatrixXd onto(channels, width);
  for (double& weight : onto.reshaped())
    weight = normal(generator);
  for (Eigen::Index c = 0; c < channels; ++c) {
    const double deviation = std::sqrt((x.col(c).array() - x.col(c).mean()).square().mean());
    onto.row(c) *= deviation > 0 ? 1 / deviation : 0;
  }
  std::vector<float> result(static_cast<std::size_t>(rows * width));
  Eigen::Map<RowMajor>(result.data(), rows, width) = (x * onto).cast<float>();
  return result;
}

/// A probe with some of another's layers, after `change` was applied to the features and the description of each.
template <typename Change>
Probe made_of(const Probe& probe, std::span<const std::size_t> layers, int threads, const Change& change) {
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
        change(features[i], chosen[i]);
      },
      [](std::size_t, double) {});
  Probe result(std::move(chosen));
  result.add(probe.sorted_indices(), std::vector<std::span<const float>>(features.begin(), features.end()));
  return result;
}

} // namespace

Probe transformed(const Probe& probe, std::span<const std::size_t> layers, FeatureTransform how, int threads) {
  return made_of(probe, layers, threads, [how](std::vector<float>& features, ProbeLayer& layer) {
    transform(features, static_cast<std::size_t>(layer.channels), how);
  });
}

Probe projected(const Probe& probe, std::span<const std::size_t> layers, int width, std::uint32_t seed, int threads) {
  return made_of(probe, layers, threads, [width, seed](std::vector<float>& features, ProbeLayer& layer) {
    features = project(features, layer.channels, width, seed);
    layer.channels = width;
  });
}

} // namespace scalescope
