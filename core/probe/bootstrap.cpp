#include "core/probe/bootstrap.h"

#include "core/probe/detail/numbered.h"
#include "core/probe/detail/numpy_random.h"

#include <Eigen/Core>

#include <algorithm>
#include <stdexcept>

namespace scalescope {
namespace {

using Eigen::ArrayXd;
using Eigen::MatrixXd;

// Sums over the rows of each group, a column each: rows, targets, squared targets, and each layer's squared errors.
MatrixXd sums_of_groups(std::span<const HeldOut> layers, std::span<const double> targets, const Numbered& group) {
  const auto count = static_cast<Eigen::Index>(layers.size());
  MatrixXd sums = MatrixXd::Zero(3 + count, group.count);
  double mean = 0; // of the targets: without it, the difference of two large sums would lose digits
  for (const double target : targets)
    mean += target / static_cast<double>(targets.size());
  for (std::size_t row = 0; row < targets.size(); ++row) {
    auto column = sums.col(group.of[row]);
    const double target = targets[row] - mean;
    column[0] += 1;
    column[1] += target;
    column[2] += target * target;
    for (Eigen::Index layer = 0; layer < count; ++layer)
      column[3 + layer] += layers[static_cast<std::size_t>(layer)].squared_errors[row];
  }
  return sums;
}

double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

} // namespace

std::vector<std::vector<double>> resampled_r2(std::span<const HeldOut> layers, std::span<const double> targets,
                                              std::span<const std::string> groups, int resamples, std::uint32_t seed) {
  const auto fits = [&](const HeldOut& layer) { return layer.squared_errors.size() == targets.size(); };
  if (groups.size() != targets.size() || targets.empty() || !std::ranges::all_of(layers, fits))
    throw std::invalid_argument("resampled_r2: each row needs a target, a group and an error");
  constexpr int block = 128; // resamples that are summed at a time
  constexpr double nothing = 1e-12;
  const Numbered group = number(groups);
  const MatrixXd sums = sums_of_groups(layers, targets, group);
  const double spread = sums.row(2).sum() / static_cast<double>(targets.size());
  std::vector<std::vector<double>> r2(layers.size());
  std::mt19937 generator(seed);
  for (int first = 0; first < resamples; first += block) {
    MatrixXd drawn(group.count, std::min(block, resamples - first));
    for (Eigen::Index b = 0; b < drawn.cols(); ++b)
      drawn.col(b) = Eigen::VectorXd::Map(drawn_groups(group.count, generator).data(), group.count);
    const MatrixXd totals = sums * drawn;
    const ArrayXd rows = totals.row(0).transpose();
    const ArrayXd total = totals.row(2).transpose().array() - totals.row(1).transpose().array().square() / rows;
    for (Eigen::Index b = 0; b < drawn.cols(); ++b)
      if (total[b] > nothing * spread * rows[b])
        for (std::size_t layer = 0; layer < layers.size(); ++layer)
          r2[layer].push_back(1 - totals(3 + static_cast<Eigen::Index>(layer), b) / total[b]);
  }
  return r2;
}

std::vector<double> drawn_groups(int groups, std::mt19937& generator) {
  std::vector<double> drawn(static_cast<std::size_t>(groups));
  for (int g = 0; g < groups; ++g)
    drawn[draw_up_to(static_cast<std::uint32_t>(groups - 1), generator)] += 1;
  return drawn;
}

double r2_of(const HeldOut& layer, std::span<const double> targets) {
  const auto y = Eigen::Map<const ArrayXd>(targets.data(), static_cast<Eigen::Index>(targets.size()));
  const auto errors = Eigen::Map<const ArrayXd>(layer.squared_errors.data(), y.size());
  const double total = (y - y.mean()).square().sum();
  return total > 0 ? 1 - errors.sum() / total : NAN;
}

Interval middle_95(std::vector<double> values) {
  std::ranges::sort(values);
  return {quantile(values, 0.025), quantile(values, 0.975)};
}

} // namespace scalescope
