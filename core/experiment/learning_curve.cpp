#include "core/experiment/learning_curve.h"

#include "core/base/statistics.h"

#include <algorithm>
#include <map>

namespace scalescope {
namespace {

constexpr int fewest = 20; // images: R2 of fewer says little

// The rows of the chosen groups, with the features of the whole probe.
struct Part {
  Probe probe;
  std::vector<double> targets;
  std::vector<std::string> ids;
  std::vector<std::string> groups;
};

// AllFeatures of all layers, rows x channels each.
using AllFeatures = std::vector<std::vector<float>>;

Part part_of(const Probe& whole, const AllFeatures& features, const std::vector<Row>& rows,
             const std::vector<std::size_t>& chosen) {
  Part part{Probe(whole.layers()), {}, {}, {}};
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const Row& row = rows[chosen[i]];
    part.targets.push_back(row.target);
    part.ids.push_back(row.id);
    part.groups.push_back(row.group);
    std::vector<std::span<const float>> of_layers;
    for (std::size_t layer = 0; layer < features.size(); ++layer) {
      const auto channels = static_cast<std::size_t>(whole.layers()[layer].channels);
      of_layers.push_back(std::span(features[layer]).subspan(chosen[i] * channels, channels));
    }
    part.probe.add(std::vector{static_cast<std::int64_t>(i)}, of_layers);
  }
  return part;
}

std::vector<std::vector<std::size_t>> rows_by_group(const std::vector<Row>& rows) {
  std::map<std::string, std::size_t> known;
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto [place, is_new] = known.try_emplace(rows[row].group, groups.size());
    if (is_new)
      groups.emplace_back();
    groups[place->second].push_back(row);
  }
  return groups;
}

} // namespace

LearningCurve learning_curve(const Probe& probe, const std::vector<Row>& rows, Protocol protocol, std::uint32_t seed,
                             int threads, const std::stop_token& stop, const Progress& progress) {
  AllFeatures features;
  for (std::size_t layer = 0; layer < probe.layers().size(); ++layer)
    features.push_back(probe.features(layer));
  const auto groups = rows_by_group(rows);
  const int all = static_cast<int>(groups.size());
  LearningCurve curve;
  for (const int divisor : {8, 4, 2, 1})
    if (divisor == 1 || all / divisor >= fewest)
      curve.steps.push_back({all / divisor, {}, {}});
  double begun = 0;
  for (LearningCurve::Step& step : curve.steps) {
    std::vector<std::vector<double>> r2(probe.layers().size());
    for (int draw = 0; draw < LearningCurve::draws; ++draw) {
      const std::uint32_t own_seed = seed + static_cast<std::uint32_t>(draw);
      const std::vector<int> order = permutation(all, own_seed);
      std::vector<std::size_t> chosen;
      for (int i = 0; i < step.images; ++i)
        chosen.insert(chosen.end(), groups[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])].begin(),
                      groups[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])].end());
      std::ranges::sort(chosen);
      const Part part = part_of(probe, features, rows, chosen);
      const std::vector<std::vector<std::vector<double>>> sets{{part.targets}};
      const auto scores =
          part.probe.score(sets, draw_folds(protocol, part.ids, part.groups, 1, own_seed), threads, stop);
      for (std::size_t layer = 0; layer < r2.size(); ++layer)
        r2[layer].push_back(scores[0][layer].r2[0]);
      begun += 1;
      if (progress)
        progress(begun / static_cast<double>(LearningCurve::draws * curve.steps.size()));
    }
    for (const auto& of_layer : r2) {
      step.r2.push_back(mean_of(of_layer));
      step.standard_deviation.push_back(standard_deviation_of(of_layer));
    }
  }
  return curve;
}

} // namespace scalescope
