#pragma once

#include "core/experiment/mixture.h"
#include "core/features/extract_samples.h"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// A number, and its 95 % interval over images; there is none with fewer than 10 sets of pairs.
struct Estimate {
  double value = 0;
  Interval interval;
};

/// The likeliest class of images with two objects, where those of each object alone differ.
struct PairClasses {
  std::int64_t images = 0; ///< number of these images
  Estimate either;         ///< share of these in which it is the class of one of the two
  Estimate larger;         ///< share of those in which it is the class of the larger one; 0.5 at ratio 1
};

/// A layer's features for two objects as a mixture of those for each alone: see MixtureSums.
struct LayerMixture {
  double weight_of_larger = 0;
  double weight_of_smaller = 0;
  Estimate share; ///< of the larger object; 0.5 at ratio 1
  Estimate explained;
};

/// The answers for two objects with one ratio of areas.
struct RatioMeasures {
  double ratio = 1;
  double area_share = 0.5; ///< of the larger object, in the area of both
  std::int64_t images = 0; ///< number of images
  std::vector<LayerMixture> layers;
  std::optional<PairClasses> classes; ///< of a network with classes
};

/// Which of two objects a network's answers follow.
struct TwoObjects {
  std::vector<std::string> layers;
  std::vector<int> depths; ///< Layer::depth of each
  /// By layer: the e with which a / b comes nearest to ratio^e, by least squares of ln(a / b) over ln(ratio) for all
  /// ratios above 1. 0: size makes no difference, 1: the weights are as the areas, above 1: the larger object has more.
  /// Infinite if the smaller one has none; NaN if the larger one has none.
  std::vector<Estimate> exponents;
  std::vector<RatioMeasures> ratios; ///< ascending
};

/// Compares a network's features for two objects with those for each of them alone. Features of images in which the
/// objects are on the left and on the right, or the other way round, are averaged first; classes are those of each
/// image. At ratio 1 either of the two counts as the larger one, once.
/// @param settings only layers and batch are used; the preprocessing is that of the images. The classes are those of
/// the layer `softmax`, if the network has one. @param seed of the intervals.
/// Memory holds the features of all pairs.
/// @throws Error as pool_generated_images; Cancelled when stopped.
[[nodiscard]] TwoObjects two_objects(const Network& network, const PairImages& images,
                                     const ExtractionSettings& settings, std::uint32_t seed,
                                     const std::stop_token& stop = {}, const JobCallback& progress = {});

} // namespace scalescope
