#pragma once

#include "core/probe/detail/feature_store.h"
#include "core/probe/folds.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// A layer in a probe: a name and a number of features.
struct ProbeLayer {
  std::string name;
  int channels = 0;
};

/// How well a target is read from one layer.
struct LayerScore {
  std::vector<double> r2; ///< of the held-out predictions, one per repetition
  /// The largest z-score of a held-out feature, over all splits: its distance from the mean of the fitted rows in their
  /// standard deviations. 0 in the paper protocol. A channel that is almost never active makes it large; then R2
  /// depends on the few images with this channel.
  double largest_z_score = 0;
  [[nodiscard]] double mean() const;
  [[nodiscard]] double
  standard_deviation() const; ///< population standard deviation over the repetitions (divides by R)
};

/// Scores of every layer for one set of targets.
using Scores = std::vector<LayerScore>;

/// Called with the finished share, 0 to 1; from any thread, one call at a time.
using Progress = std::function<void(double)>;

/// One finished entry of the scores: scores[set][layer].r2[repetition].
struct PartialScore {
  std::size_t set = 0;
  std::size_t layer = 0;
  std::size_t repetition = 0;
  double r2 = 0;
  std::span<const int> held_out;       ///< rows, ascending; valid during the call
  std::span<const double> predictions; ///< one for each of them, by a regression that was not fitted on it; likewise
};

/// Called once for every finished entry; from any thread, one call at a time, and never at the same time as Progress.
using PartialScores = std::function<void(const PartialScore&)>;

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

/// Collects the pooled features of many rows for several layers, batch by batch, and measures how well a linear
/// regression reads a target from each. Two probes over different rows can be merged; the order of rows does not
/// matter. Memory does not grow with the features: beyond a few hundred rows they are in a temporary file (see
/// FeatureStore), which is removed with the probe.
class Probe {
 public:
  explicit Probe(std::vector<ProbeLayer> layers);

  /// Adds rows. @param indices of the rows in their data set, distinct over the life of the probe.
  /// @param features one span per layer, each indices.size() x channels, row after row.
  /// @throws Error if there is no room for them on the disk; the probe can then only be destroyed.
  void add(std::span<const std::int64_t> indices, std::span<const std::span<const float>> features);

  /// Moves the rows of another probe with the same layers into this one. @throws Error if layers differ or a row is in
  /// both.
  void merge(Probe&& other);

  [[nodiscard]] const std::vector<ProbeLayer>& layers() const { return layers_; }
  [[nodiscard]] std::int64_t rows() const { return static_cast<std::int64_t>(indices_.size()); }
  /// The rows' indices, ascending: the order of targets, folds and `features`.
  [[nodiscard]] std::vector<std::int64_t> sorted_indices() const;
  /// Features of a layer, rows() x channels, rows ascending by index.
  [[nodiscard]] std::vector<float> features(std::size_t layer) const;

  /// Regresses each set of targets on each layer's features by the protocol of the folds and scores the held-out
  /// predictions. All sets share the folds and the decompositions. One repetition after the other: `partial` shows a
  /// curve over all layers early. Results do not depend on the threads.
  /// @param targets for each set and repetition the rows' targets, ascending by index: targets[set][repetition][row].
  ///        A set with one entry uses it for all repetitions.
  /// @return scores[set][layer].
  /// @throws Error if a target is constant or not finite, a feature is not finite (naming the layer), or the folds are
  ///         not for this number of rows; Cancelled when stopped.
  [[nodiscard]] std::vector<Scores> score(std::span<const std::vector<std::vector<double>>> targets, const Folds& folds,
                                          int threads, std::stop_token stop = {}, const Progress& progress = {},
                                          const PartialScores& partial = {}) const;

  /// The ridge regression of a target on a layer's features from all rows, to be used on others: features standardised,
  /// nearly constant ones left out, lambda chosen as in the robust protocol by cross-validation over `folds`.
  /// @param targets ascending by index. @param folds for each row its fold, 0 .. K-1; rows of a group share one.
  /// @param clip as in the clipped protocol: held-out features while lambda is chosen, and those of other rows to the
  ///        range of all rows.
  /// @throws Error as score().
  [[nodiscard]] Regression regression(std::size_t layer, std::span<const double> targets, std::span<const int> folds,
                                      bool clip) const;

 private:
  [[nodiscard]] std::vector<std::size_t> ascending() const; ///< positions of the rows, by ascending index
  void check_rows(const std::vector<std::size_t>& order) const;

  std::vector<ProbeLayer> layers_;
  std::vector<std::int64_t> indices_;
  FeatureStore store_; ///< rows as they came
};

} // namespace scalescope
