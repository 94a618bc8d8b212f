#include "core/experiment/sparse.h"

#include "core/base/statistics.h"
#include "core/experiment/detail/held_out_means.h"
#include "core/experiment/detail/measure_parts.h"
#include "core/experiment/detail/rows_of.h"
#include "core/experiment/uncertainty.h"
#include "core/probe/overlap.h"

#include <algorithm>
#include <map>

namespace scalescope {
namespace {

/// What is the same for all layers.
struct SparseTask {
  TargetsAndGroups rows;
  Folds folds;
  std::vector<std::vector<double>> permuted; ///< targets of each repetition
  std::uint32_t seed = 0;                    ///< of the resamples
  int threads = 1;
};

/// Held-out predictions by the number of channels.
struct ReadByNumber {
  std::vector<int> numbers;
  FewChannels read;
};

/// The first channels of each fit.
std::vector<std::vector<int>> first_of(const std::vector<std::vector<int>>& chosen, int number) {
  std::vector<std::vector<int>> result = chosen;
  for (std::vector<int>& one : result)
    one.resize(std::min(one.size(), static_cast<std::size_t>(number)));
  return result;
}

std::vector<ChosenChannel> count_chosen(const std::vector<std::vector<int>>& sets, const std::vector<float>& features,
                                        std::size_t channels, const std::vector<double>& targets) {
  std::map<int, ChosenChannel> found;
  for (const std::vector<int>& set : sets)
    for (std::size_t place = 0; place < set.size(); ++place) {
      ChosenChannel& one = found[set[place]];
      one.channel = set[place];
      one.share += 1;
      one.place += static_cast<double>(place + 1);
    }
  std::vector<ChosenChannel> result;
  for (auto& [channel, one] : found) {
    one.place /= one.share;
    one.share /= static_cast<double>(sets.size());
    std::vector<double> values;
    for (std::size_t i = static_cast<std::size_t>(channel); i < features.size(); i += channels)
      values.push_back(features[i]);
    one.correlation = correlation_of(values, targets);
    result.push_back(one);
  }
  std::ranges::stable_sort(result, [](const ChosenChannel& a, const ChosenChannel& b) {
    return a.share != b.share ? a.share > b.share : a.place < b.place;
  });
  return result;
}

/// The mean over the repetitions, whose fits follow one another.
double chosen_again(const std::vector<std::vector<int>>& sets, std::size_t splits) {
  std::vector<double> of_repetitions;
  for (std::size_t first = 0; first < sets.size(); first += splits)
    of_repetitions.push_back(mean_jaccard(std::span(sets).subspan(first, splits)));
  return mean_of(of_repetitions);
}

/// Scores of several ways to choose, in the same resamples.
class ScoresByNumber {
 public:
  ScoresByNumber(const HeldOut& all, const SparseTask& task) : task_(task), held_out_{all} {}

  void add(const ReadByNumber& one) {
    held_out_.insert(held_out_.end(), one.read.held_out.begin(), one.read.held_out.end());
  }
  void resample() {
    resampled_ = resampled_r2(held_out_, task_.rows.targets, task_.rows.groups, bootstrap_resamples, task_.seed);
  }
  [[nodiscard]] double all() const { return r2_of(held_out_[0], task_.rows.targets); }
  [[nodiscard]] Interval all_interval() const { return middle_95(resampled_[0]); }
  [[nodiscard]] double all_error() const { return standard_deviation_of(resampled_[0]); }

  /// One call for each that was added, in the same order.
  ByNumber next(const ReadByNumber& one) {
    ByNumber result{.numbers = one.numbers, .r2 = {}, .intervals = {}, .lost = {}};
    const double least = all_interval().low > 0 ? all() - all_error() : std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < one.numbers.size(); ++i, ++next_) {
      result.r2.push_back(r2_of(held_out_[next_], task_.rows.targets));
      result.intervals.push_back(middle_95(resampled_[next_]));
      std::vector<double> lost(resampled_[0].size());
      std::ranges::transform(resampled_[0], resampled_[next_], lost.begin(), std::minus());
      result.lost.push_back(middle_95(std::move(lost)));
      if (!result.enough && result.r2.back() >= least)
        result.enough = i;
    }
    return result;
  }

 private:
  const SparseTask& task_;
  std::vector<HeldOut> held_out_;
  std::vector<std::vector<double>> resampled_;
  std::size_t next_ = 1;
};

SparseLayer sparse_layer(const Probe& probe, std::size_t at, const HeldOut& all, const SparseTask& task,
                         const std::stop_token& stop) {
  const std::vector<double>& targets = task.rows.targets;
  const int channels = probe.layers()[at].channels;
  const auto read = [&](ChannelChoice how, std::span<const std::vector<double>> of) {
    ReadByNumber result{.numbers = numbers_of_channels(channels, task.folds, how), .read = {}};
    std::vector<int> fitted = result.numbers;
    const bool all_are_known = how != ChannelChoice::Pursuit && fitted.size() > 1;
    if (all_are_known)
      fitted.pop_back();
    result.read = few_channels(probe, at, of, task.folds, how, fitted, task.threads, stop);
    if (all_are_known)
      result.read.held_out.push_back(all);
    return result;
  };
  const std::vector<std::vector<double>> own{targets};
  const ReadByNumber pursuit = read(ChannelChoice::Pursuit, own);
  const ReadByNumber correlated = read(ChannelChoice::Correlation, own);
  const ReadByNumber random = read(ChannelChoice::Random, own);
  ScoresByNumber scoring(all, task);
  for (const ReadByNumber* one : {&pursuit, &correlated, &random})
    scoring.add(*one);
  scoring.resample();
  SparseLayer layer{.channels = channels,
                    .all = scoring.all(),
                    .all_interval = scoring.all_interval(),
                    .all_error = scoring.all_error(),
                    .pursuit = scoring.next(pursuit),
                    .correlated = scoring.next(correlated),
                    .random = scoring.next(random),
                    .permuted = {},
                    .chosen = {}};
  for (const HeldOut& one : read(ChannelChoice::Pursuit, task.permuted).read.held_out)
    layer.permuted.push_back(r2_of(one, targets)); // permuted targets have the same variance
  const int first = std::min(first_chosen, pursuit.numbers.back());
  const auto sets = first_of(pursuit.read.chosen, first);
  layer.again = chosen_again(sets, task.folds.repetitions.front().splits.size());
  layer.again_by_chance = jaccard_by_chance(first, channels);
  layer.chosen = count_chosen(sets, probe.features(at), static_cast<std::size_t>(channels), targets);
  return layer;
}

} // namespace

double SparseLayer::share_enough(const ByNumber& chosen_so) const {
  return chosen_so.enough ? static_cast<double>(chosen_so.numbers[*chosen_so.enough]) / channels : not_measured;
}

std::vector<SparseLayer> sparse_layers(const Extraction& extraction, int repetitions, std::uint32_t seed, int threads,
                                       const std::stop_token& stop, const Progress& progress) {
  constexpr double share_of_all = 0.1; // of the time
  SparseTask task{.rows = targets_and_groups(extraction.rows),
                  .folds = {},
                  .permuted = {},
                  .seed = seed + seed_of_resamples,
                  .threads = threads};
  const std::vector<double>& targets = task.rows.targets;
  task.folds = draw_folds(Protocol::Ridge, task.rows.ids, task.rows.groups, repetitions, seed);
  for (const Repetition& repetition : task.folds.repetitions)
    task.permuted.push_back(permute_among_groups(targets, task.rows.groups, repetition.seed));
  const auto tell = [&](double share) {
    if (progress)
      progress(share);
  };
  const Probe& probe = extraction.probe;
  const std::size_t count = probe.layers().size();
  HeldOutMeans all(count, targets, task.folds.repetitions.size());
  (void)probe.score(
      std::vector<std::vector<std::vector<double>>>{{targets}}, task.folds, threads, stop,
      [&](double share) { tell(share_of_all * share); }, [&](const PartialScore& one) { all.add(one); });
  const std::vector<HeldOut> means = all.means();
  std::vector<SparseLayer> layers;
  for (std::size_t at = 0; at < count; ++at) {
    layers.push_back(sparse_layer(probe, at, means[at], task, stop));
    tell(share_of_all + (1 - share_of_all) * static_cast<double>(at + 1) / static_cast<double>(count));
  }
  return layers;
}

} // namespace scalescope
