#include "core/experiment/adjustment.h"

#include "core/base/error.h"
#include "core/experiment/detail/held_out_means.h"
#include "core/experiment/uncertainty.h"
#include "core/image/box_covariates.h"
#include "core/probe/adjusted.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace scalescope {
namespace {

// What is added to what is known already: of the error that is left without it, the share that is gone with it.
double partial_r2(double with, double without) { return 1 - (1 - with) / (1 - without); }

double sum_of_errors(const HeldOut& one) {
  return std::accumulate(one.squared_errors.begin(), one.squared_errors.end(), 0.0);
}

} // namespace

void check_adjustable(const Folds& folds, const std::vector<Row>& rows) {
  if (folds.protocol == Protocol::Paper)
    throw Error("--adjust needs a protocol that holds out every image equally often; choose ridge or ridge-unclipped.");
  for (const Row& row : rows)
    if (row.covariates.empty())
      throw Error(fmt::format("--adjust needs the box of every object, and {} has none here; give data with boxes to "
                              "'analyze' or 'experiment object-scale', or leave out --adjust.",
                              row.id));
    else if (!std::ranges::all_of(row.covariates, [](double value) { return std::isfinite(value); }))
      throw Error(
          fmt::format("--adjust can't use the box of {}, which has no area within its image; correct the box, or "
                      "leave out --adjust.",
                      row.id));
}

Adjustment adjustment_of(const Probe& probe, const std::vector<Row>& rows, const Folds& folds, std::uint32_t seed,
                         int threads, const std::stop_token& stop, const Progress& progress) {
  Covariates covariates{box_covariate_names.size(), {}};
  std::vector<double> targets;
  std::vector<std::string> groups;
  for (const Row& row : rows) {
    covariates.values.insert(covariates.values.end(), row.covariates.begin(), row.covariates.end());
    targets.push_back(row.target);
    groups.push_back(row.group);
  }
  const std::size_t layers = probe.layers().size();
  HeldOutMeans held_out(layers + 1, targets, folds.repetitions.size());
  Adjustment result{.covariates = {box_covariate_names.begin(), box_covariate_names.end()},
                    .alone = {.r2 = std::vector<double>(folds.repetitions.size())},
                    .alone_interval = {},
                    .partial_r2 = {},
                    .intervals = {}};
  score_adjusted(probe, covariates, targets, folds, threads, stop, progress, [&](const PartialScore& one) {
    if (one.layer == layers)
      result.alone.r2[one.repetition] = one.r2;
    held_out.add(one);
  });
  const std::vector<HeldOut> means = held_out.means();
  const auto resampled = resampled_r2(means, targets, groups, bootstrap_resamples, seed);
  result.alone_interval = middle_95(resampled[layers]);
  for (std::size_t layer = 0; layer < layers; ++layer) {
    result.partial_r2.push_back(1 - sum_of_errors(means[layer]) / sum_of_errors(means[layers]));
    std::vector<double> partial(resampled[layer].size());
    std::ranges::transform(resampled[layer], resampled[layers], partial.begin(), partial_r2);
    result.intervals.push_back(middle_95(std::move(partial)));
  }
  return result;
}

} // namespace scalescope
