#include "core/experiment/uncertainty.h"

#include "core/base/statistics.h"

#include <algorithm>

namespace scalescope {
namespace {

// For each layer the share of the resamples in which it is the highest.
std::vector<double> peak_shares(const std::vector<std::vector<double>>& r2) {
  std::vector<double> shares(r2.size());
  const std::size_t resamples = r2.front().size();
  for (std::size_t b = 0; b < resamples; ++b) {
    const auto highest = std::ranges::max_element(r2, {}, [b](const auto& layer) { return layer[b]; });
    shares[static_cast<std::size_t>(highest - r2.begin())] += 1;
  }
  for (double& share : shares)
    share /= static_cast<double>(resamples);
  return shares;
}

std::vector<double> differences(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> result(a.size());
  std::ranges::transform(a, b, result.begin(), std::minus());
  return result;
}

} // namespace

Uncertainty uncertainty_of(std::span<const HeldOut> held_out, const Scores& scores, const std::vector<Row>& rows,
                           std::size_t peak, std::span<const Landmark> landmarks, std::uint32_t seed) {
  std::vector<double> targets;
  std::vector<std::string> groups;
  for (const Row& row : rows) {
    targets.push_back(row.target);
    groups.push_back(row.group);
  }
  const auto r2 = resampled_r2(held_out, targets, groups, bootstrap_resamples, seed);
  Uncertainty result{.resamples = bootstrap_resamples, .seed = seed, .layers = {}, .differences = {}};
  const std::vector<double> shares = peak_shares(r2);
  for (std::size_t layer = 0; layer < r2.size(); ++layer)
    result.layers.push_back({middle_95(r2[layer]), standard_deviation_of(r2[layer]), shares[layer]});
  for (const Landmark& landmark : landmarks)
    if (landmark.layer != peak)
      result.differences.push_back({landmark, scores[peak].mean() - scores[landmark.layer].mean(),
                                    middle_95(differences(r2[peak], r2[landmark.layer]))});
  return result;
}

} // namespace scalescope
