#include "core/experiment/analysis.h"

#include "core/base/error.h"
#include "core/experiment/fit.h"
#include "core/experiment/permutations.h"

#include <fmt/format.h>

#include <algorithm>

namespace scalescope {
namespace {

void check_targets(const std::vector<Row>& rows) {
  const double first = rows.front().target;
  if (std::all_of(rows.begin(), rows.end(), [&](const Row& row) { return row.target == first; }))
    throw Error(fmt::format("The target is the same, {}, in all {} rows, so there is nothing to regress; give images "
                            "with different targets.",
                            first, rows.size()));
}

std::vector<Landmark> landmarks_of(const Network& network, const std::vector<ProbeLayer>& layers) {
  std::vector<Landmark> landmarks;
  for (std::size_t i = layers.size(); i-- > 0;)
    if (!network.layer(layers[i].name).pooled_axes().empty()) {
      landmarks.push_back({i, "the last feature map"});
      break;
    }
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (layers[i].name == "output" || layers[i].name == "softmax")
      landmarks.push_back({i, "the " + layers[i].name});
  return landmarks;
}

} // namespace

bool permutes(const AnalysisSettings& settings) { return settings.random_scale_control || settings.permutations > 0; }

std::size_t peak_of(const Scores& scores) {
  const auto best = std::max_element(scores.begin(), scores.end(),
                                     [](const LayerScore& a, const LayerScore& b) { return a.mean() < b.mean(); });
  return static_cast<std::size_t>(best - scores.begin());
}

double PeakTest::p() const {
  const auto reached = std::ranges::count_if(permuted, [this](double r2) { return r2 >= peak; });
  return permutation_p(static_cast<std::size_t>(reached), permuted.size());
}

Network with_random_weights(const Network& network, std::uint64_t seed) {
  ModelSource drawn = network.info().source;
  drawn.random_weights = true;
  drawn.seed = seed;
  return Network::open(drawn, network.info().options);
}

Collected collect(const Network& network, const MakeRows& make_rows, const AnalysisSettings& settings,
                  const JobCallback& progress) {
  const int draws =
      settings.random_weights_control ? std::max(1, std::min(settings.weight_draws, settings.repetitions)) : 0;
  const auto open_draw = [&](int draw) {
    return with_random_weights(network, settings.seed + static_cast<std::uint64_t>(draw));
  };
  // Before the first pass, so that a network that can't be opened is reported early.
  std::optional<Network> random_network;
  if (draws > 0)
    random_network = open_draw(0);
  Collected collected{.extraction = make_rows(network, progress), .random = {}, .depths = {}, .landmarks = {}};
  for (const auto& layer : collected.extraction.probe.layers())
    collected.depths.push_back(network.layer(layer.name).depth);
  collected.landmarks = landmarks_of(network, collected.extraction.probe.layers());
  check_targets(collected.extraction.rows); // before the second pass
  if (permutes(settings))
    (void)permutation_note(collected.extraction.rows); // throws if the targets can't be permuted
  for (int draw = 0; draw < draws; ++draw) {
    if (draw > 0)
      random_network = open_draw(draw);
    collected.random.push_back(make_rows(*random_network, [&](const JobProgress& p) {
      if (progress)
        progress({"random weights", draw * p.total + p.done, draws * p.total});
    }));
  }
  return collected;
}

Collected collect(const Network& network, const std::vector<Sample>& samples, const AnalysisSettings& settings,
                  std::stop_token stop, const JobCallback& progress) {
  const auto rows_of_samples = [&](const Network& one, const JobCallback& callback) {
    return extract_samples(one, samples, settings.extraction, stop, callback);
  };
  return collect(network, rows_of_samples, settings, progress);
}

Regression regression(const Extraction& extraction, std::size_t layer, bool clip) {
  std::vector<std::string> ids;
  std::vector<std::string> groups;
  std::vector<double> targets;
  for (const Row& row : extraction.rows) {
    ids.push_back(row.id);
    groups.push_back(row.group);
    targets.push_back(row.target);
  }
  std::vector<int> fold_of(ids.size());
  const auto splits = draw_folds(Protocol::Ridge, ids, groups, 1, 0).repetitions.front().splits;
  for (std::size_t fold = 0; fold < splits.size(); ++fold)
    for (const int row : splits[fold].test)
      fold_of[static_cast<std::size_t>(row)] = static_cast<int>(fold);
  return extraction.probe.regression(layer, targets, fold_of, clip);
}

std::vector<Regression> regressions(const Analysis& analysis) {
  std::vector<Regression> fitted;
  for (std::size_t layer = 0; layer < analysis.layers.size(); ++layer)
    fitted.push_back(regression(analysis.extraction, layer, analysis.folds.protocol == Protocol::Ridge));
  return fitted;
}

Analysis analyze(const Network& network, const std::vector<Sample>& samples, const AnalysisSettings& settings,
                 const std::stop_token& stop, const JobCallback& progress) {
  return fit(collect(network, samples, settings, stop, progress), settings, network.info().threads, stop, progress);
}

} // namespace scalescope
