#pragma once

#include "core/probe/detail/feature_store.h"
#include "core/probe/folds.h"
#include "core/probe/regression.h"
#include "core/probe/score.h"

#include <cstdint>
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
  /// nearly constant ones left out, lambda chosen as in the protocol ridge by cross-validation over `folds`.
  /// @param targets ascending by index. @param folds for each row its fold, 0 .. K-1; rows of a group share one.
  /// @param clip as in the protocol ridge: held-out features while lambda is chosen, and those of other rows to the
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
