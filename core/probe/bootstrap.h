#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace scalescope {

/// The ends of an interval; NaN where there is none.
struct Interval {
  double low = NAN;
  double high = NAN;
  [[nodiscard]] bool exists() const { return std::isfinite(low) && std::isfinite(high); }
};

/// The 95 % interval of a value with that standard error, if its errors are normal: 1.96 of them to both sides.
[[nodiscard]] inline Interval around(double value, double standard_error) {
  return {value - 1.96 * standard_error, value + 1.96 * standard_error};
}

/// What a layer's regressions predicted for each row while it was held out: means over the repetitions.
struct HeldOut {
  std::vector<double> predictions;
  std::vector<double> squared_errors;
};

/// R2 in resamples of the groups (images): as many groups as there are, drawn with replacement, each with all its rows
/// (Efron & Tibshirani 1993, section 6; grouped). The predictions stay as they are: the resamples tell how much R2
/// depends on which images there are, not how it depends on the folds. All layers see the same resamples, so that they
/// can be compared pairwise.
///
/// R2 of a resample is 1 - sum(w e) / (sum(w y^2) - sum(w y)^2 / sum(w)), where w is how often a row's group was drawn,
/// e its squared error and y its target. With all w = 1 this is the mean R2 over the repetitions. A resample in which
/// all targets are equal is left out.
///
/// Groups are numbered as they first appear; resample b is row b of NumPy's
/// RandomState(seed).randint(0, groups, (resamples, groups)).
/// @param layers with one entry per row each. @return for each layer R2 of each resample.
[[nodiscard]] std::vector<std::vector<double>> resampled_r2(std::span<const HeldOut> layers,
                                                            std::span<const double> targets,
                                                            std::span<const std::string> groups, int resamples,
                                                            std::uint32_t seed);

/// 1 - sum(e) / sum((y - mean)^2) over all rows: the mean R2 over the repetitions. NaN if all targets are equal.
[[nodiscard]] double r2_of(const HeldOut& layer, std::span<const double> targets);

/// How often each of `groups` groups is in one resample of them: as many draws with replacement as there are groups.
/// Resample b is the b-th call with a generator that was seeded as above.
[[nodiscard]] std::vector<double> drawn_groups(int groups, std::mt19937& generator);

/// The middle 95 % of the values: their quantiles 0.025 and 0.975, linear between neighbours as numpy.quantile has
/// them. @param values at least one.
[[nodiscard]] Interval middle_95(std::vector<double> values);

} // namespace scalescope
