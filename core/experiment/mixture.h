#pragma once

#include "core/experiment/object_pairs.h"
#include "core/probe/bootstrap.h"

#include <functional>
#include <span>

namespace scalescope {

/// The features of a layer for a pair of objects.
struct PairFeatures {
  std::span<const float> first; ///< the first object alone
  std::span<const float> second;
  std::span<const float> first_larger; ///< both, the first being the larger one
  std::span<const float> second_larger;
};

/// How a layer's features f for two objects are mixed of g and h, those for the larger and the smaller one alone:
///
///     f ≈ c + a g + b h
///
/// with numbers a and b and a vector c that are the same for all pairs, by least squares over all channels. Source of
/// the form: the weighted averages by which answers of neurons to two objects are described (Zoccolan, Cox & DiCarlo
/// 2005, Bao & Tsao 2018).
///
/// Each of the two objects of a pair is once the larger one, so that g and h have the same mean m, and c is the mean of
/// f less (a + b) m. Sums and differences of the two versions of a pair can be fitted one by one: a - b is the slope of
/// (f1 - f2) over (A - B), and a + b that of (f1 + f2) over (A + B), about their means. These are the sums for that:
struct MixtureSums {
  double differences = 0;      ///< (f1 - f2) · (A - B)
  double difference_alone = 0; ///< |A - B|²
  double sums = 0;             ///< (f1 + f2 - 2 mean of f) · (A + B - 2 m)
  double sum_alone = 0;        ///< |A + B - 2 m|²
  double spread = 0;           ///< |f1 - mean of f|² + |f2 - mean of f|²

  void add(const MixtureSums& other, double weight = 1);
  [[nodiscard]] double weight_of_larger() const;  ///< a; NaN if the objects never differ
  [[nodiscard]] double weight_of_smaller() const; ///< b; likewise
  /// a / (a + b): 0.5 if size makes no difference, 1 if only the larger object counts. NaN unless a + b > 0.
  [[nodiscard]] double share_of_larger() const;
  /// R2 of the fit: 1 if f is exactly such a mixture, 0 if f has nothing to do with the objects. NaN if f never
  /// changes.
  [[nodiscard]] double explained() const;
};

/// The sums of one pair. @param alone m. @param both the mean of f. Both as long as the features.
[[nodiscard]] MixtureSums mixture_sums(const PairFeatures& pair, std::span<const double> alone,
                                       std::span<const double> both);

/// Calls `take` with the weights of all pairs in each of `resamples` resamples of their sets (see drawn_groups): how
/// often the pair's set was drawn. Sets are numbered from 0 without gaps.
void resample_pairs(std::span<const ObjectPair> pairs, int resamples, std::uint32_t seed,
                    const std::function<void(std::span<const double> weights)>& take);

} // namespace scalescope
