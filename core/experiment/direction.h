#pragma once

#include "core/features/extract_samples.h"

#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace scalescope {

/// The settings of the experiment direction.
struct DirectionSettings {
  ExtractionSettings extraction; ///< the network's own outputs among its layers are skipped
  int repetitions = 10;          ///< of splitting the images into halves, and of the folds of R2
  int permutations = 19;         ///< of the targets: vectors to compare the sensitivity with
  std::uint32_t seed = 0;
  std::optional<int> wanted_class; ///< whose output is differentiated, counted from 0; no value: each image's likeliest
  std::string device = "auto";     ///< to differentiate on, as RunOptions::device
};

/// A layer's regression vector as a concept vector: the weights of a ridge regression (see Probe::regression) on
/// pooled features (not standardised), scaled to length 1.
struct LayerDirection {
  std::string layer;
  int depth = 0;                        ///< Layer::depth
  LayerScore score;                     ///< R2 of the target, protocol ridge
  std::vector<double> direction;        ///< v, of all rows; one per channel, of length 1
  std::vector<double> halves;           ///< cosine of the vectors of two halves that share no group; one per repetition
  std::vector<double> halves_by_chance; ///< the same, the targets permuted among groups
  /// Cosine of the vectors of the rows with the smaller and with the larger targets. These are halves as well, so it
  /// can be compared with `halves`, but each has a smaller range of targets.
  double small_to_large = 0;
  /// One per image: v times the derivative of its class's output (before the softmax) with respect to the pooled
  /// features; a change of these is spread evenly over all positions. In output units for one step of length 1 along v:
  /// the sensitivity of Graziani et al. 2018. Empty if no path leads from the layer to the output.
  std::vector<double> sensitivity;
  std::vector<double> means_by_chance;    ///< mean sensitivity along the vector of each permutation of the targets
  std::vector<double> positive_by_chance; ///< share of the images whose sensitivity along that vector is above 0

  [[nodiscard]] double mean_sensitivity() const; ///< NaN if there is none, like below
  [[nodiscard]] double sensitivity_deviation() const;
  [[nodiscard]] double positive() const; ///< share of the images whose sensitivity is above 0
  [[nodiscard]] double positive_by_chance_mean() const;
  /// Bidirectional relevance, R2 * mean / standard deviation of the sensitivities (Graziani et al. 2018), with 0 for an
  /// R2 below 0.
  [[nodiscard]] double relevance() const;
  /// The p value of the mean, by the permutations: see permutation_p.
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
  std::vector<std::string> notes; ///< notes for readers: see sensitivity_note, permutation_note
};

/// Fits the vectors, compares them, and differentiates the network's classes along them.
/// @throws Error if there are fewer than 14 groups, no layers or no classes,
/// or as extract; Cancelled when stopped.
[[nodiscard]] Directions directions(const Network& network, const std::vector<Sample>& samples,
                                    const DirectionSettings& settings, const std::stop_token& stop = {},
                                    const JobCallback& progress = {});

} // namespace scalescope
