#include "core/experiment/sensitivity.h"

#include "core/probe/transformed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

namespace scalescope {
namespace {

constexpr double clear_difference = 0.05;
constexpr std::size_t most_layers_named = 3;
constexpr std::size_t most_images_named = 3;
constexpr double most_of_it = 0.8;
constexpr std::size_t values_in_memory = std::size_t{1} << 23; // of transformed features: 32 MB, or one layer

OneRepetition fit_once(const Probe& probe, std::span<const double> targets, Folds folds, Protocol protocol, int threads,
                       const std::stop_token& stop, const Progress& progress) {
  folds.protocol = protocol;
  folds.repetitions.resize(1);
  OneRepetition once{std::vector<double>(probe.layers().size()),
                     std::vector(probe.layers().size(), std::vector<double>(targets.size()))};
  const std::vector<std::vector<std::vector<double>>> sets{{{targets.begin(), targets.end()}}};
  (void)probe.score(sets, folds, threads, stop, progress, [&](const PartialScore& part) {
    once.r2[part.layer] = part.r2;
    for (std::size_t i = 0; i < part.held_out.size(); ++i) {
      const auto row = static_cast<std::size_t>(part.held_out[i]);
      const double error = targets[row] - part.predictions[i];
      once.squared_errors[part.layer][row] = error * error;
    }
  });
  return once;
}

// The layers in parts that fit into memory together.
std::vector<std::vector<std::size_t>> parts_of(const Probe& probe) {
  std::vector<std::vector<std::size_t>> parts;
  std::size_t values = values_in_memory;
  for (std::size_t layer = 0; layer < probe.layers().size(); ++layer) {
    const auto more = static_cast<std::size_t>(probe.layers()[layer].channels * probe.rows());
    if (values + more > values_in_memory) {
      parts.emplace_back();
      values = 0;
    }
    parts.back().push_back(layer);
    values += more;
  }
  return parts;
}

std::string number(double r2) { return fmt::format("{:.2f}", r2); }

// The images with the largest part of the difference, by the names of their files.
std::vector<std::string> images_behind(const std::vector<double>& more_error, std::span<const std::string> ids) {
  const double sum = std::accumulate(more_error.begin(), more_error.end(), 0.0);
  const double sign = sum < 0 ? -1 : 1;
  std::vector<std::size_t> order(ids.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater(), [&](std::size_t row) { return sign * more_error[row]; });
  std::vector<std::string> named;
  double reached = 0;
  for (std::size_t i = 0; i < std::min(order.size(), most_images_named) && reached < most_of_it * std::abs(sum); ++i) {
    named.push_back(std::filesystem::path(ids[order[i]]).filename().string());
    reached += sign * more_error[order[i]];
  }
  return named;
}

} // namespace

Sensitivity sensitivity_of(const Probe& probe, std::span<const double> targets, const Folds& folds,
                           const std::optional<OneRepetition>& known, int threads, const std::stop_token& stop,
                           const Progress& progress) {
  const double fits = known ? 2 : 3;
  double begun = 0;
  const auto share = [&](double part) {
    return [&, part](double done) {
      if (progress)
        progress((begun + part * done) / fits);
    };
  };
  const auto ridge = [&](Protocol protocol) {
    if (known && folds.protocol == protocol)
      return *known;
    auto once = fit_once(probe, targets, folds, protocol, threads, stop, share(1));
    begun += 1;
    return once;
  };
  const OneRepetition clipped = ridge(Protocol::Ridge);
  const OneRepetition unclipped = ridge(Protocol::RidgeUnclipped);

  const std::size_t layers = probe.layers().size();
  Variant ranked{rank_normal_ridge, std::vector<double>(layers, NAN)};
  Variant logarithm{log_softmax_ridge, std::vector<double>(layers, NAN)};
  const auto fill = [&](Variant& variant, std::span<const std::size_t> some, FeatureTransform how, double part) {
    const Probe changed = transformed(probe, some, how, threads);
    const auto once = fit_once(changed, targets, folds, Protocol::Ridge, threads, stop, share(part));
    for (std::size_t i = 0; i < some.size(); ++i)
      variant.r2[some[i]] = once.r2[i];
    begun += part;
  };
  for (const auto& part : parts_of(probe))
    fill(ranked, part, FeatureTransform::RankNormal, static_cast<double>(part.size()) / static_cast<double>(layers));
  const auto softmax = std::ranges::find(probe.layers(), "softmax", &ProbeLayer::name);
  if (softmax != probe.layers().end())
    fill(logarithm, std::vector{static_cast<std::size_t>(softmax - probe.layers().begin())}, FeatureTransform::Log, 0);

  Sensitivity result{{{clipped_ridge, clipped.r2}, {unclipped_ridge, unclipped.r2}, std::move(ranked)}, {}};
  if (softmax != probe.layers().end())
    result.variants.push_back(std::move(logarithm));
  for (std::size_t layer = 0; layer < layers; ++layer) {
    auto& more = result.more_error.emplace_back(unclipped.squared_errors[layer]);
    std::ranges::transform(more, clipped.squared_errors[layer], more.begin(), std::minus());
  }
  return result;
}

std::optional<std::string> sensitivity_note(const Sensitivity& sensitivity, std::span<const ProbeLayer> layers,
                                            std::span<const std::string> ids, const std::string& what) {
  const auto difference = [&](std::size_t i) {
    return std::abs(sensitivity.unclipped()[i] - sensitivity.clipped()[i]);
  };
  std::vector<std::size_t> fragile;
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (difference(i) > clear_difference)
      fragile.push_back(i);
  if (fragile.empty())
    return std::nullopt;
  std::ranges::stable_sort(fragile, std::ranges::greater(), difference);
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < std::min(fragile.size(), most_layers_named); ++i) {
    const std::size_t layer = fragile[i];
    parts.push_back(fmt::format("at {} it is {} with clipping and {} without, because of {}", layers[layer].name,
                                number(sensitivity.clipped()[layer]), number(sensitivity.unclipped()[layer]),
                                fmt::join(images_behind(sensitivity.more_error[layer], ids), ", ")));
  }
  const std::size_t more = fragile.size() - parts.size();
  return fmt::format("{} depends on a few images at some layers: {}{} (one repetition).", what, fmt::join(parts, "; "),
                     more == 0   ? ""
                     : more == 1 ? "; and so at 1 more layer"
                                 : fmt::format("; and so at {} more layers", more));
}

} // namespace scalescope
