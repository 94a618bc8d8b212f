#include "core/prune/truncation_point.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <vector>

namespace scalescope {
namespace {

// The innermost module around a layer that can be, and the last one before it (names are in about the order in which
// modules run); where there is none around, the next one behind it.
std::vector<std::string> nearest_truncation_points(const std::vector<Layer>& layers, std::size_t at) {
  std::vector<std::size_t> around;
  for (int i = layers[at].parent; i > 0; i = layers[static_cast<std::size_t>(i)].parent)
    around.push_back(static_cast<std::size_t>(i));
  std::vector<std::string> names;
  const auto add_first = [&](const std::vector<std::size_t>& positions) {
    for (const std::size_t i : positions)
      if (is_truncation_point(layers[i])) {
        names.push_back(layers[i].name);
        return true;
      }
    return false;
  };
  const bool inside = add_first(around);
  std::vector<std::size_t> before; // the nearest first
  for (std::size_t i = at; i-- > 1;)
    if (std::ranges::find(around, i) == around.end())
      before.push_back(i);
  add_first(before);
  std::vector<std::size_t> after(layers.size() - at - 1);
  std::iota(after.begin(), after.end(), at + 1);
  if (!inside)
    add_first(after);
  return names;
}

std::string reason(const Network& network, const Layer& layer) {
  const auto head = network.info().head;
  if (layer.name.empty() || std::ranges::find(head, layer.name) != head.end())
    return "it is the end of the network";
  if (!layer.has_output())
    return "it does not run in evaluation (like an auxiliary head), or returns no tensor";
  return "it is inside a branch, and later layers also need data that bypass it";
}

} // namespace

bool is_truncation_point(const Layer& layer) { return layer.can_truncate && layer.has_output(); }

const Layer& truncation_point(const Network& network, const std::string& name) {
  const auto& layers = network.info().layers;
  const auto found = std::ranges::find(layers, name, &Layer::name);
  if (found == layers.end())
    return network.layer(name); // throws, with the nearest names
  if (is_truncation_point(*found))
    return *found;
  const auto nearest = nearest_truncation_points(layers, static_cast<std::size_t>(found - layers.begin()));
  throw Error(fmt::format(
      "{} can't be pruned after its layer '{}': {}; {}.", network.info().name, name, reason(network, *found),
      nearest.empty() ? "there is no layer after which it can be pruned"
                      : fmt::format("the nearest possible layers are {}", fmt::join(nearest, ", "))));
}

std::optional<BestTruncation> best_truncation(std::span<const Layer> layers, std::span<const LayerR2> scores,
                                              bool within_standard_error) {
  const auto truncation_point_of = [&](const LayerR2& score) -> const Layer* {
    const auto found = std::ranges::find(layers, score.layer, &Layer::name);
    return found != layers.end() && is_truncation_point(*found) ? &*found : nullptr;
  };
  std::optional<LayerR2> best;
  std::optional<LayerR2> highest;
  for (const LayerR2& score : scores) {
    if (!highest || score.mean > highest->mean)
      highest = score;
    if (truncation_point_of(score) != nullptr && (!best || score.mean > best->mean))
      best = score;
  }
  if (!best)
    return std::nullopt;
  BestTruncation result{*best, highest->mean > best->mean ? highest->layer : ""};
  if (within_standard_error)
    for (const LayerR2& score : scores)
      if (const Layer* layer = truncation_point_of(score); layer != nullptr &&
                                                           score.mean >= best->mean - best->standard_error &&
                                                           layer->depth < truncation_point_of(result.layer)->depth)
        result.layer = score;
  return result;
}

BestTruncation best_truncation(const Network& network, std::span<const LayerR2> scores, bool within_standard_error) {
  const auto has_error = [](const LayerR2& score) { return std::isfinite(score.standard_error); };
  if (within_standard_error && !std::ranges::all_of(scores, has_error))
    throw Error(
        "The analysis has no standard errors over images: it was made with the protocol paper, or by an earlier "
        "version; run 'analyze' again with the protocol ridge, or leave out --within-se.");
  if (const auto best = best_truncation(network.info().layers, scores, within_standard_error))
    return *best;
  throw Error(fmt::format(
      "{} can't be pruned after any of the {} layers that were analysed; analyse its blocks, or name a layer.",
      network.info().name, scores.size()));
}

} // namespace scalescope
