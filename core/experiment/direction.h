#pragma once

#include "core/features/extract_samples.h"

#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace scalescope {

/// What to find out about the regression vectors.
struct DirectionSettings {
  ExtractionSettings extraction; ///< the network's own outputs among its layers are passed over
  int repetitions = 10;          ///< of halving the images, and of the folds of R2
  int permutations = 19;         ///< of the targets: vectors to compare the sensitivity with
  std::uint32_t seed = 0;
  std::optional<int> wanted_class; ///< to be differentiated, from 0; nothing: each image's likeliest
  std::string device = "auto";     ///< to differentiate on, as RunOptions::device
};

/// A layer's regression vector as a concept vector. Vectors are those of ridge regressions (lambda chosen as in the
/// robust protocol) on pooled features as they are (not standardised), made of length 1.
struct LayerDirection {
  std::string layer;
  int depth = 0;                        ///< Layer::depth
  LayerScore score;                     ///< R2 of the target, robust protocol
  std::vector<double> direction;        ///< v, of all rows; one a channel, of length 1
  std::vector<double> halves;           ///< cosine of the vectors of two halves that share no group; one a repetition
  std::vector<double> halves_by_chance; ///< the same, the targets permuted among groups
  /// Cosine of the vectors of the rows with the smaller and with the larger targets. These are halves as well, so it
  /// compares with `halves`; each has the smaller range of targets.
  double small_to_large = 0;
  /// One an image: v times the derivative of its class's output (before the softmax) by the pooled features, where a
  /// change of these is spread evenly over all positions. In output units for one step of length 1 along v: the
  /// sensitivity of Graziani et al. 2018. Empty where no path leads from the layer to the output.
  std::vector<double> sensitivity;
  std::vector<double> means_by_chance;    ///< mean sensitivity along the vector of each permutation of the targets
  std::vector<double> positive_by_chance; ///< share of the images whose sensitivity along that vector is above 0

  [[nodiscard]] double mean_sensitivity() const; ///< NaN where there is none, as below
  [[nodiscard]] double sensitivity_deviation() const;
  [[nodiscard]] double positive() const; ///< share of the images whose sensitivity is above 0
  [[nodiscard]] double positive_by_chance_mean() const;
  /// Bidirectional relevance, R2 * mean / standard deviation of the sensitivities (Graziani et al. 2018), with 0 for an
  /// R2 below 0.
  [[nodiscard]] double relevance() const;
  /// Of the permutations whose mean is as far from 0: see permutation_p.
  [[nodiscard]] double p() const;
};

/// An image that was differentiated.
struct DifferentiatedImage {
  std::string id;
  int of_class = 0;
  double output = 0; ///< of the class, before the softmax
};

struct Directions {
  std::vector<LayerDirection> layers;
  std::vector<DifferentiatedImage> images; ///< one for each of LayerDirection::sensitivity
  std::size_t rows = 0;
  std::vector<LeftOut> left_out;
  std::vector<Remark> remarks;    ///< as Extraction's
  std::vector<std::string> notes; ///< what a person should know who reads it: see stability_note, permutation_note
};

/// Fits the vectors, compares them, and differentiates the network's classes along them.
/// @throws Error if there are fewer than 14 groups, no layers or no classes,
/// or as extract; Cancelled when stopped.
[[nodiscard]] Directions directions(const Network& network, const std::vector<Sample>& samples,
                                    const DirectionSettings& settings, const std::stop_token& stop = {},
                                    const JobCallback& progress = {});

} // namespace scalescope
