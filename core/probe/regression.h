#pragma once

#include <optional>
#include <span>
#include <vector>

namespace scalescope {

/// What a regression was fitted on, beside the ranges of the features.
struct FittedRange {
  double least_target = 0;
  double largest_target = 0;
  /// What Regression::outside is at the most for 95 % of the rows, each seen from the rows of the other folds.
  double usual_outside = 0;
};

/// A linear function of a layer's pooled features.
struct Regression {
  std::vector<double> weights; ///< one a channel, on features as they are; 0 for a channel that was left out
  double intercept = 0;
  double lambda = 0;                      ///< of the ridge penalty, which acts on standardised features
  std::vector<double> importance;         ///< one a channel: the weight on the standardised feature
  std::vector<double> correlation;        ///< one a channel: Pearson's, of feature and target; 0 for a channel left out
  std::vector<float> least;               ///< one a channel: the range of the rows that it was fitted on
  std::vector<float> largest;             ///< likewise
  bool clips = false;                     ///< a feature beyond that range is taken as its end
  std::optional<FittedRange> fitted = {}; ///< nothing: not known, in a session of 0.1.0, which kept ranges only to clip

  [[nodiscard]] double predict(std::span<const float> features) const;
  /// How unlike the fitted rows an image is: the share of the weight (sum of |importance|) of channels whose feature
  /// lies beyond the range of those rows, by more than a hundredth of it. 0 .. 1. Needs the range.
  [[nodiscard]] double outside(std::span<const float> features) const;
  /// Whether an image is hardly more unlike the fitted rows than these are one another: what is read from any other is
  /// a guess. Of images like the fitted ones at most some 5 in 100 are taken for others. True where it is not known.
  [[nodiscard]] bool covers(std::span<const float> features) const;
  /// Whether a target lies in the range that it was fitted to, or beyond by less than a hundredth of it. Likewise.
  [[nodiscard]] bool covers_target(double target) const;
};

} // namespace scalescope
