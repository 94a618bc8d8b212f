#include "core/probe/probe.h"

#include "core/base/error.h"
#include "core/probe/detail/columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace scalescope {

namespace {

bool same(const ProbeLayer& a, const ProbeLayer& b) { return a.name == b.name && a.channels == b.channels; }

std::vector<std::size_t> channels_of(const std::vector<ProbeLayer>& layers) {
  if (!std::ranges::all_of(layers, [](const ProbeLayer& layer) { return layer.channels > 0; })) {
    throw std::invalid_argument("Probe: a layer has no channels");
  }
  std::vector<std::size_t> channels;
  std::ranges::transform(layers, std::back_inserter(channels), &ProbeLayer::channels);
  return channels;
}

} // namespace

Probe::Probe(std::vector<ProbeLayer> layers) : layers_(std::move(layers)), store_(channels_of(layers_)) {}

void Probe::add(std::span<const std::int64_t> indices, std::span<const std::span<const float>> features) {
  bool fits = features.size() == layers_.size();
  for (std::size_t i = 0; fits && i < features.size(); ++i) {
    fits = features[i].size() == indices.size() * static_cast<std::size_t>(layers_[i].channels);
  }
  if (!fits) {
    throw std::invalid_argument("Probe::add: the features do not have the shape of the layers");
  }
  store_.append(indices.size(), features);
  indices_.insert(indices_.end(), indices.begin(), indices.end());
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
  store_.append(taken.store_);
  indices_.insert(indices_.end(), taken.indices_.begin(), taken.indices_.end());
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
  const std::vector<std::size_t> order = ascending();
  const LayerRows x(store_, layer, order);
  std::vector<float> result;
  result.reserve(order.size() * store_.channels(layer));
  x.by_block(x.all(), [&](std::span<const int> some) {
    for (const int row : some) {
      result.insert(result.end(), x[row], x[row] + x.channels());
    }
  });
  return result;
}

} // namespace scalescope
