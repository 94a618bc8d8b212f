#include "core/experiment/analysis.h"

#include "core/base/error.h"
#include "core/base/files.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>

namespace scalescope {
namespace {

Folds make_folds(const std::vector<Row>& rows, const AnalysisSettings& settings) {
  std::vector<std::string> ids;
  std::vector<std::string> groups;
  for (const Row& row : rows) {
    ids.push_back(row.id);
    groups.push_back(row.group);
  }
  if (settings.folds.empty())
    return draw_folds(settings.protocol, ids, groups, settings.repetitions, settings.seed);
  const auto json = nlohmann::json::parse(read_file(settings.folds), nullptr, false);
  if (json.is_discarded())
    throw Error(fmt::format("{} is not JSON; give a file of folds or an analysis.json.", settings.folds.string()));
  return folds_from_json(json, ids, settings.folds.string());
}

} // namespace

std::size_t Analysis::peak() const {
  const auto best = std::max_element(scores.begin(), scores.end(),
                                     [](const LayerScore& a, const LayerScore& b) { return a.mean() < b.mean(); });
  return static_cast<std::size_t>(best - scores.begin());
}

Analysis analyse(const Network& network, const ModelSource& source, const RunOptions& options,
                 const std::vector<Sample>& samples, const AnalysisSettings& settings, std::stop_token stop,
                 const JobCallback& progress) {
  // Before the first pass, so that a network that can't be opened is known early.
  std::optional<Network> random_network;
  if (settings.random_weights_control) {
    ModelSource drawn = source;
    drawn.random_weights = true;
    drawn.seed = settings.seed;
    random_network = Network::open(drawn, options);
  }

  Analysis analysis{.layers = {},
                    .depths = {},
                    .scores = {},
                    .controls = {},
                    .folds = {},
                    .extraction = extract(network, samples, settings.extraction, stop, progress)};
  analysis.layers = analysis.extraction.probe.layers();
  for (const auto& layer : analysis.layers)
    analysis.depths.push_back(network.layer(layer.name).depth);
  const auto& rows = analysis.extraction.rows;
  analysis.folds = make_folds(rows, settings);

  std::vector<double> targets;
  std::vector<std::string> groups;
  for (const Row& row : rows) {
    targets.push_back(row.target);
    groups.push_back(row.group);
  }
  if (std::all_of(targets.begin(), targets.end(), [&](double target) { return target == targets.front(); }))
    throw Error(
        fmt::format("The target is the same, {}, in all {} rows, so there is nothing to regress; give pictures in "
                    "which it differs.",
                    targets.front(), targets.size()));
  std::vector<std::vector<std::vector<double>>> sets{{targets}};
  if (settings.random_scale_control) {
    auto& permuted = sets.emplace_back();
    for (const auto& repetition : analysis.folds.repetitions)
      permuted.push_back(permute_among_groups(targets, groups, repetition.seed));
  }

  std::optional<Extraction> random;
  if (random_network) {
    const auto renamed = [&](const JobProgress& p) {
      if (progress)
        progress({"random weights", p.done, p.total});
    };
    random = extract(*random_network, samples, settings.extraction, stop, renamed);
    analysis.extraction.run_seconds += random->run_seconds;
    analysis.extraction.decode_seconds += random->decode_seconds;
    analysis.extraction.seconds += random->seconds;
    analysis.extraction.from_network += random->from_network;
    analysis.extraction.from_cache += random->from_cache;
    analysis.extraction.notes.insert(analysis.extraction.notes.end(), random->notes.begin(), random->notes.end());
  }

  const auto start = std::chrono::steady_clock::now();
  const double share = random ? 0.5 : 1;
  const auto fitting = [&](double from) {
    return [&progress, from, share](double done) {
      if (progress)
        progress({"fitting", static_cast<std::int64_t>(1000 * (from + share * done)), 1000});
    };
  };
  auto scores = analysis.extraction.probe.score(sets, analysis.folds, network.threads(), stop, fitting(0));
  analysis.scores = std::move(scores[0]);
  if (random)
    analysis.controls.push_back({"random weights", random->probe.score(std::span(sets).first(1), analysis.folds,
                                                                       network.threads(), stop, fitting(0.5))[0]});
  if (settings.random_scale_control)
    analysis.controls.push_back({"random scale", std::move(scores[1])});
  analysis.fit_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return analysis;
}

} // namespace scalescope
