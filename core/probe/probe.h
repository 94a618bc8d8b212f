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

/// A layer as a probe sees it: a name and a number of features.
struct ProbeLayer {
  std::string name;
  int channels = 0;
};

/// How well a target is read from one layer.
struct LayerScore {
  std::vector<double> r2; ///< of the held-out predictions, one a repetition
  /// The largest distance of a held-out feature from the mean of those that its regression was fitted on, in their
  /// standard deviations, over all splits; 0 in the paper protocol. A channel that hardly ever fires makes it large: on
  /// the one image that it fires for, R2 then hangs.
  double largest_z_score = 0;
  [[nodiscard]] double mean() const;
  [[nodiscard]] double
  standard_deviation() const; ///< population standard deviation over the repetitions (divides by R)
};

/// Scores of every layer for one set of targets.
using Scores = std::vector<LayerScore>;

/// Called as work goes on with the share done, 0 to 1; may come from any thread, one call at a time.
using Progress = std::function<void(double)>;

/// One finished entry of the scores: scores[set][layer].r2[repetition].
struct PartialScore {
  std::size_t set = 0;
  std::size_t layer = 0;
  std::size_t repetition = 0;
  double r2 = 0;
  std::span<const int> held_out;       ///< rows, ascending; valid during the call
  std::span<const double> predictions; ///< one for each of them, by a regression that had not seen it; likewise
};

/// Called with every entry once, as it is finished; may come from any thread, one call at a time, and never beside one
/// of Progress.
using PartialScores = std::function<void(const PartialScore&)>;

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

/// Collects the pooled features of many rows for several layers, batch by batch, and says how well a target can be read
/// from each by a linear regression. Two probes over different rows can be merged; the order in which rows came does
/// not matter. Memory does not grow with the features: beyond a few hundred rows they lie in a temporary file (see
/// FeatureStore), which goes with the probe.
class Probe {
 public:
  explicit Probe(std::vector<ProbeLayer> layers);

  /// Adds rows. @param indices of the rows in their data set, distinct over the life of the probe.
  /// @param features one span a layer, each indices.size() x channels, row after row.
  /// @throws Error if there is no room for them on the disk; the probe can then only be destroyed.
  void add(std::span<const std::int64_t> indices, std::span<const std::span<const float>> features);

  /// Takes over the rows of another probe with the same layers. @throws Error if layers differ or a row is in both.
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
