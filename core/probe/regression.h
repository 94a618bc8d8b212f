#pragma once

#include <optional>
#include <span>
#include <vector>

namespace scalescope {

/// The data of a fit, besides the ranges of the features.
struct FittedRange {
  double least_target = 0;
  double largest_target = 0;
  /// The 95 % quantile of Regression::outside over the rows, each compared with the rows of the other folds.
  double usual_outside = 0;
};

/// A linear function of a layer's pooled features.
struct Regression {
  std::vector<double> weights; ///< one per channel, on unchanged features; 0 for a channel that was left out
  double intercept = 0;
  double lambda = 0;               ///< of the ridge penalty, which acts on standardised features
  std::vector<double> importance;  ///< one per channel: the weight on the standardised feature
  std::vector<double> correlation; ///< one per channel: Pearson's, of feature and target; 0 for a channel left out
  std::vector<float> least;        ///< one per channel: the range of the rows that it was fitted on
  std::vector<float> largest;      ///< likewise
  bool clips = false;              ///< features are clipped to that range
  std::optional<FittedRange> fitted = {}; ///< no value: not known, as in a session of 0.1.0

  [[nodiscard]] double predict(std::span<const float> features) const;
  /// How unlike the fitted rows an image is: the share of the weight (sum of |importance|) of channels whose feature
  /// lies beyond the range of those rows, by more than a hundredth of it. 0 .. 1. Needs the range.
  [[nodiscard]] double outside(std::span<const float> features) const;
  /// Whether an image is as similar to the fitted rows as these are to each other. If not, the reading is a guess.
  /// About 5 of 100 images like the fitted ones are not covered. True if it is not known.
  [[nodiscard]] bool covers(std::span<const float> features) const;
  /// Whether a target is in the range of the fitted targets, or outside by less than a hundredth of it. True if it is
  /// not known.
  [[nodiscard]] bool covers_target(double target) const;
};

} // namespace scalescope
