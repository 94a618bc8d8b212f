#include "core/probe/probe.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace scalescope {

namespace {

bool same(const ProbeLayer& a, const ProbeLayer& b) { return a.name == b.name && a.channels == b.channels; }

} // namespace

double LayerScore::mean() const { return std::accumulate(r2.begin(), r2.end(), 0.0) / static_cast<double>(r2.size()); }

double LayerScore::deviation() const {
  const double center = mean();
  double squares = 0;
  for (const double value : r2) {
    squares += (value - center) * (value - center);
  }
  return std::sqrt(squares / static_cast<double>(r2.size()));
}

Probe::Probe(std::vector<ProbeLayer> layers) : layers_(std::move(layers)), values_(layers_.size()) {
  if (!std::ranges::all_of(layers_, [](const ProbeLayer& layer) { return layer.channels > 0; })) {
    throw std::invalid_argument("Probe: a layer has no channels");
  }
}

void Probe::add(std::span<const std::int64_t> indices, std::span<const std::span<const float>> features) {
  bool fits = features.size() == layers_.size();
  for (std::size_t i = 0; fits && i < features.size(); ++i) {
    fits = features[i].size() == indices.size() * static_cast<std::size_t>(layers_[i].channels);
  }
  if (!fits) {
    throw std::invalid_argument("Probe::add: the features do not have the shape of the layers");
  }
  indices_.insert(indices_.end(), indices.begin(), indices.end());
  for (std::size_t i = 0; i < features.size(); ++i) {
    values_[i].insert(values_[i].end(), features[i].begin(), features[i].end());
  }
}

void Probe::merge(Probe&& other) {
  if (!std::ranges::equal(layers_, other.layers_, same)) {
    throw Error("Two parts of a probe have different layers: make both with the same model and the same layers.");
  }
  const std::vector<std::int64_t> mine = sorted_indices();
  const std::vector<std::int64_t> theirs = other.sorted_indices();
  std::vector<std::int64_t> both;
  std::ranges::set_intersection(mine, theirs, std::back_inserter(both));
  if (!both.empty()) {
    throw Error(fmt::format("Two parts of a probe share {} row{}, row {} among them: give each row to one part only.",
                            both.size(), both.size() == 1 ? "" : "s", both.front()));
  }
  const Probe taken = std::move(other);
  add(taken.indices_, std::vector<std::span<const float>>(taken.values_.begin(), taken.values_.end()));
}

std::vector<std::int64_t> Probe::sorted_indices() const {
  std::vector<std::int64_t> sorted = indices_;
  std::ranges::sort(sorted);
  return sorted;
}

std::vector<std::size_t> Probe::ascending() const {
  std::vector<std::size_t> order(indices_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [this](std::size_t i) { return indices_[i]; });
  return order;
}

std::vector<float> Probe::features(std::size_t layer) const {
  const auto channels = static_cast<std::size_t>(layers_[layer].channels);
  std::vector<float> result;
  result.reserve(values_[layer].size());
  for (const std::size_t i : ascending()) {
    const float* row = values_[layer].data() + i * channels;
    result.insert(result.end(), row, row + channels);
  }
  return result;
}

} // namespace scalescope
