#include "core/experiment/fit.h"

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/experiment/detail/held_out_means.h"
#include "core/experiment/detail/rows_of.h"
#include "core/experiment/permutations.h"
#include "core/probe/folds_json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace scalescope {
namespace {

const std::string random_weights = "random weights";
const std::string random_scale = "random scale";
constexpr std::uint32_t permutation_seed = 1'000'000; // seeds that no repetition uses, counted from the first one's
constexpr std::uint32_t projection_seed = 3'000'000;

Folds make_folds(const std::vector<Row>& rows, const AnalysisSettings& settings) {
  std::vector<std::string> ids;
  std::vector<std::string> groups;
  for (const Row& row : rows) {
    ids.push_back(row.id);
    groups.push_back(row.group);
  }
  if (settings.folds.empty())
    return draw_folds(settings.protocol.value_or(Protocol::Ridge), ids, groups, settings.repetitions, settings.seed);
  const auto json = nlohmann::json::parse(read_file(settings.folds), nullptr, false);
  if (json.is_discarded())
    throw Error(fmt::format("{} is not JSON; give a file of folds or an analysis.json.", settings.folds.string()));
  Folds folds = folds_from_json(json, ids, settings.folds.string());
  const Protocol asked = settings.protocol.value_or(folds.protocol);
  if ((asked == Protocol::Paper) != (folds.protocol == Protocol::Paper))
    throw Error(fmt::format(
        "The folds in {} belong to the protocol '{}', but '{}' was chosen; choose other folds or another protocol.",
        settings.folds.string(), text_of(folds.protocol), text_of(asked)));
  folds.protocol = asked; // with and without clipping share their folds
  return folds;
}

// The repetitions that use random network `draw` of `draws`.
std::vector<std::size_t> repetitions_of(std::size_t draw, std::size_t draws, std::size_t repetitions) {
  std::vector<std::size_t> chosen;
  for (std::size_t r = draw; r < repetitions; r += draws)
    chosen.push_back(r);
  return chosen;
}

Folds part_of(const Folds& folds, const std::vector<std::size_t>& repetitions) {
  Folds part{folds.protocol, folds.rows, {}};
  for (const std::size_t r : repetitions)
    part.repetitions.push_back(folds.repetitions[r]);
  return part;
}

double highest(const Scores& scores, std::size_t repetition) {
  double best = scores.front().r2[repetition];
  for (const LayerScore& score : scores)
    best = std::max(best, score.r2[repetition]);
  return best;
}

void check_positive(const std::vector<Row>& rows) {
  for (const Row& row : rows)
    if (!(row.target > 0))
      throw Error(
          fmt::format("--target-forms needs targets above 0, as it takes their logarithm, and that of {} is {}; "
                      "leave it out.",
                      row.id, row.target));
}

// The share of the fits of a curve that comparing other ways of fitting takes.
double sensitivity_share(const AnalysisSettings& settings) { return 2.0 / settings.repetitions; }

// The common parts of the regressions of an analysis: targets, threads, progress.
class Fit {
 public:
  Fit(const Analysis& analysis, const AnalysisSettings& settings, double parts, int threads, std::stop_token stop,
      const JobCallback& progress)
      : folds_(analysis.folds), settings_(settings), parts_(parts), threads_(threads), stop_(std::move(stop)),
        progress_(progress) {
    for (const Row& row : analysis.extraction.rows) {
      targets_.push_back(row.target);
      groups_.push_back(row.group);
    }
  }

  // The layers' own curve and, if requested, that of permuted targets.
  std::vector<Scores> own(const Probe& probe, HeldOutMeans& held_out, const OnCurvePoint& partial) {
    std::vector<std::vector<std::vector<double>>> sets{{targets_}};
    if (settings_.random_scale_control) {
      auto& permuted = sets.emplace_back();
      for (const auto& repetition : folds_.repetitions)
        permuted.push_back(permute_among_groups(targets_, groups_, repetition.seed));
    }
    const std::size_t own_sets = sets.size();
    if (settings_.target_forms) {
      sets.push_back({transformed_targets([](double target) { return std::sqrt(target); })});
      sets.push_back({transformed_targets([](double target) { return std::log(target); })});
    }
    auto scores = probe.score(sets, folds_, threads_, stop_, share(1), [&](const PartialScore& one) {
      if (one.set == 0)
        held_out.add(one);
      if (partial && one.set < own_sets)
        partial({one.set == 0 ? "" : random_scale, one.layer, one.repetition, one.r2});
    });
    begun_ += 1;
    return scores;
  }

  Scores drawn(const std::vector<Extraction>& draws, HeldOutMeans& held_out, const OnCurvePoint& partial) {
    const std::size_t repetitions = folds_.repetitions.size();
    Scores all(draws.front().probe.layers().size(), {.r2 = std::vector<double>(repetitions)});
    const std::vector<std::vector<std::vector<double>>> sets{{targets_}};
    for (std::size_t draw = 0; draw < draws.size(); ++draw) {
      const auto chosen = repetitions_of(draw, draws.size(), repetitions);
      const double part = static_cast<double>(chosen.size()) / static_cast<double>(repetitions);
      const auto scored = draws[draw].probe.score(sets, part_of(folds_, chosen), threads_, stop_, share(part),
                                                  [&](const PartialScore& one) {
                                                    const std::size_t repetition = chosen[one.repetition];
                                                    all[one.layer].r2[repetition] = one.r2;
                                                    PartialScore of_curve = one;
                                                    of_curve.repetition = repetition;
                                                    held_out.add(of_curve);
                                                    if (partial)
                                                      partial({random_weights, one.layer, repetition, one.r2});
                                                  });
      for (std::size_t layer = 0; layer < all.size(); ++layer)
        all[layer].largest_z_score = std::max(all[layer].largest_z_score, scored[0][layer].largest_z_score);
      begun_ += part;
    }
    return all;
  }

  PeakTest peak_test(const Probe& probe, const Scores& scores) {
    PeakTest test{highest(scores, 0), {}};
    std::vector<std::vector<std::vector<double>>> sets;
    sets.reserve(static_cast<std::size_t>(settings_.permutations));
    for (int i = 0; i < settings_.permutations; ++i)
      sets.push_back(
          {permute_among_groups(targets_, groups_, settings_.seed + permutation_seed + static_cast<std::uint32_t>(i))});
    for (const Scores& permuted : probe.score(sets, part_of(folds_, {0}), threads_, stop_, share(1)))
      test.permuted.push_back(highest(permuted, 0));
    begun_ += 1;
    return test;
  }

  // The paper's splits don't hold out every row, so other ways of fitting are compared on folds of ridge.
  Sensitivity sensitivity(const Probe& probe, const OneRepetition& own) {
    const bool paper = folds_.protocol == Protocol::Paper;
    const Folds folds =
        paper ? draw_folds(Protocol::Ridge, folds_.rows, groups_, 1, settings_.seed) : part_of(folds_, {0});
    auto result = sensitivity_of(probe, targets_, folds, paper ? std::nullopt : std::optional(own), threads_, stop_,
                                 share(sensitivity_share(settings_)));
    begun_ += sensitivity_share(settings_);
    return result;
  }

  LearningCurve learning(const Probe& probe, const std::vector<Row>& rows) {
    return counted(learning_curve(probe, rows, folds_.protocol, settings_.seed, threads_, stop_, share(1)));
  }
  Adjustment adjustment(const Probe& probe, const std::vector<Row>& rows) {
    return counted(adjustment_of(probe, rows, folds_, settings_.seed + seed_of_resamples, threads_, stop_, share(1)));
  }
  EqualWidth equal_width(const Probe& probe) {
    return counted(
        equal_width_of(probe, targets_, folds_, settings_.seed + projection_seed, threads_, stop_, share(1)));
  }

  [[nodiscard]] HeldOutMeans held_out(std::size_t layers) const {
    return {layers, targets_, folds_.repetitions.size()};
  }

 private:
  // A result that took as long as a curve.
  template <typename Result>
  [[nodiscard]] Result counted(Result result) {
    begun_ += 1;
    return result;
  }

  template <typename Form>
  [[nodiscard]] std::vector<double> transformed_targets(const Form& form) const {
    std::vector<double> result(targets_.size());
    std::ranges::transform(targets_, result.begin(), form);
    return result;
  }

  [[nodiscard]] Progress share(double part) const {
    return [this, part](double done) {
      if (progress_)
        progress_({"fitting", static_cast<std::int64_t>(1000 * (begun_ + part * done) / parts_), 1000});
    };
  }

  const Folds& folds_;
  const AnalysisSettings& settings_;
  double parts_;
  double begun_ = 0;
  int threads_;
  std::stop_token stop_;
  const JobCallback& progress_;
  std::vector<double> targets_;
  std::vector<std::string> groups_;
};

} // namespace

Analysis fit(Collected collected, const AnalysisSettings& settings, int threads, std::stop_token stop,
             const JobCallback& progress, const OnCurvePoint& partial) {
  const auto start = std::chrono::steady_clock::now();
  Analysis analysis{.layers = collected.extraction.probe.layers(),
                    .depths = std::move(collected.depths),
                    .scores = {},
                    .controls = {},
                    .peak_test = {},
                    .folds = make_folds(collected.extraction.rows, settings),
                    .extraction = std::move(collected.extraction)};
  Extraction& whole = analysis.extraction;
  if (settings.adjust)
    check_adjustable(analysis.folds, whole.rows);
  if (settings.target_forms)
    check_positive(whole.rows);
  const double parts = 1 + (collected.random.empty() ? 0 : 1) + (settings.permutations > 0 ? 1 : 0) +
                       sensitivity_share(settings) + (settings.adjust ? 1 : 0) + (settings.equal_width ? 1 : 0) +
                       (settings.learning_curve ? 1 : 0);
  Fit fitting(analysis, settings, parts, threads, std::move(stop), progress);
  HeldOutMeans held_out = fitting.held_out(analysis.layers.size());
  auto scores = fitting.own(whole.probe, held_out, partial);
  analysis.scores = std::move(scores[0]);
  if (settings.target_forms) // the last two sets
    for (const auto& [name, set] : {std::pair("root", scores.size() - 2), std::pair("logarithm", scores.size() - 1)})
      analysis.target_forms.push_back({name, std::move(scores[set])});
  const bool intervals = analysis.folds.protocol != Protocol::Paper;
  const auto uncertainty = [&](const std::vector<HeldOut>& of, const Scores& curve, std::span<const Landmark> marks) {
    return intervals ? std::optional(uncertainty_of(of, curve, whole.rows, peak_of(curve), marks,
                                                    settings.seed + seed_of_resamples))
                     : std::nullopt;
  };
  if (intervals)
    analysis.held_out = held_out.means();
  analysis.uncertainty = uncertainty(analysis.held_out, analysis.scores, collected.landmarks);
  if (!collected.random.empty()) {
    HeldOutMeans random = fitting.held_out(analysis.layers.size());
    Scores drawn = fitting.drawn(collected.random, random, partial);
    auto uncertain = uncertainty(random.means(), drawn, {});
    analysis.controls.push_back({random_weights, std::move(drawn), std::move(uncertain)});
  }
  for (const Extraction& random : collected.random) {
    whole.seconds += random.seconds;
    whole.decode_seconds += random.decode_seconds;
    whole.run_seconds += random.run_seconds;
    whole.from_network += random.from_network;
    whole.from_cache += random.from_cache;
    whole.notes.insert(whole.notes.end(), random.notes.begin(), random.notes.end());
  }
  if (settings.random_scale_control)
    analysis.controls.push_back({random_scale, std::move(scores[1])});
  if (settings.adjust)
    analysis.adjustment = fitting.adjustment(whole.probe, whole.rows);
  if (settings.equal_width)
    analysis.equal_width = fitting.equal_width(whole.probe);
  if (settings.learning_curve)
    analysis.learning_curve = fitting.learning(whole.probe, whole.rows);
  if (settings.permutations > 0)
    analysis.peak_test = fitting.peak_test(whole.probe, analysis.scores);
  analysis.sensitivity = fitting.sensitivity(whole.probe, held_out.first());
  if (auto note = sensitivity_note(*analysis.sensitivity, analysis.layers, analysis.folds.rows))
    analysis.notes.push_back(std::move(*note));
  if (permutes(settings))
    if (auto note = permutation_note(whole.rows))
      analysis.notes.push_back(std::move(*note));
  analysis.fit_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return analysis;
}

} // namespace scalescope
