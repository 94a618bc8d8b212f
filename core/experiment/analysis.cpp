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

const std::string random_weights = "random weights";
const std::string random_scale = "random scale";

void check_targets(const std::vector<Row>& rows) {
  const double first = rows.front().target;
  if (std::all_of(rows.begin(), rows.end(), [&](const Row& row) { return row.target == first; }))
    throw Error(
        fmt::format("The target is the same, {}, in all {} rows, so there is nothing to regress; give pictures in "
                    "which it differs.",
                    first, rows.size()));
}

} // namespace

std::size_t Analysis::peak() const {
  const auto best = std::max_element(scores.begin(), scores.end(),
                                     [](const LayerScore& a, const LayerScore& b) { return a.mean() < b.mean(); });
  return static_cast<std::size_t>(best - scores.begin());
}

Collected collect(const Network& network, const ModelSource& source, const RunOptions& options,
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
  Collected collected{
      .extraction = extract(network, samples, settings.extraction, stop, progress), .random = {}, .depths = {}};
  for (const auto& layer : collected.extraction.probe.layers())
    collected.depths.push_back(network.layer(layer.name).depth);
  check_targets(collected.extraction.rows); // before the second pass
  if (random_network)
    collected.random = extract(*random_network, samples, settings.extraction, stop, [&](const JobProgress& p) {
      if (progress)
        progress({random_weights, p.done, p.total});
    });
  return collected;
}

Analysis fit(Collected collected, const AnalysisSettings& settings, int threads, std::stop_token stop,
             const JobCallback& progress, const PartialCurves& partial) {
  const auto start = std::chrono::steady_clock::now();
  Analysis analysis{.layers = collected.extraction.probe.layers(),
                    .depths = std::move(collected.depths),
                    .scores = {},
                    .controls = {},
                    .folds = make_folds(collected.extraction.rows, settings),
                    .extraction = std::move(collected.extraction)};
  std::vector<double> targets;
  std::vector<std::string> groups;
  for (const Row& row : analysis.extraction.rows) {
    targets.push_back(row.target);
    groups.push_back(row.group);
  }
  std::vector<std::vector<std::vector<double>>> sets{{targets}};
  if (settings.random_scale_control) {
    auto& permuted = sets.emplace_back();
    for (const auto& repetition : analysis.folds.repetitions)
      permuted.push_back(permute_among_groups(targets, groups, repetition.seed));
  }

  const double share = collected.random ? 0.5 : 1;
  const auto score = [&](const Probe& probe, std::size_t of_sets, double from, const std::vector<std::string>& names) {
    return probe.score(
        std::span(sets).first(of_sets), analysis.folds, threads, stop,
        [&](double done) {
          if (progress)
            progress({"fitting", static_cast<std::int64_t>(1000 * (from + share * done)), 1000});
        },
        [&](const PartialScore& one) {
          if (partial)
            partial({names[one.set], one.layer, one.repetition, one.r2});
        });
  };
  auto scores = score(analysis.extraction.probe, sets.size(), 0, {"", random_scale});
  analysis.scores = std::move(scores[0]);
  if (collected.random) {
    Extraction& random = *collected.random;
    analysis.controls.push_back({random_weights, score(random.probe, 1, share, {random_weights})[0]});
    Extraction& whole = analysis.extraction;
    whole.seconds += random.seconds;
    whole.decode_seconds += random.decode_seconds;
    whole.run_seconds += random.run_seconds;
    whole.from_network += random.from_network;
    whole.from_cache += random.from_cache;
    whole.notes.insert(whole.notes.end(), random.notes.begin(), random.notes.end());
  }
  if (settings.random_scale_control)
    analysis.controls.push_back({random_scale, std::move(scores[1])});
  analysis.fit_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return analysis;
}

Regression regression(const Extraction& extraction, std::size_t layer) {
  std::vector<std::string> ids;
  std::vector<std::string> groups;
  std::vector<double> targets;
  for (const Row& row : extraction.rows) {
    ids.push_back(row.id);
    groups.push_back(row.group);
    targets.push_back(row.target);
  }
  std::vector<int> fold_of(ids.size());
  const auto splits = draw_folds(Protocol::Robust, ids, groups, 1, 0).repetitions.front().splits;
  for (std::size_t fold = 0; fold < splits.size(); ++fold)
    for (const int row : splits[fold].test)
      fold_of[static_cast<std::size_t>(row)] = static_cast<int>(fold);
  return extraction.probe.regression(layer, targets, fold_of);
}

std::vector<Regression> regressions(const Analysis& analysis) {
  std::vector<Regression> fitted;
  for (std::size_t layer = 0; layer < analysis.layers.size(); ++layer)
    fitted.push_back(regression(analysis.extraction, layer));
  return fitted;
}

Analysis analyse(const Network& network, const ModelSource& source, const RunOptions& options,
                 const std::vector<Sample>& samples, const AnalysisSettings& settings, std::stop_token stop,
                 const JobCallback& progress) {
  return fit(collect(network, source, options, samples, settings, stop, progress), settings, network.threads(), stop,
             progress);
}

} // namespace scalescope
