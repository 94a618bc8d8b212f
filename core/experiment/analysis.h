#pragma once

#include "core/experiment/adjustment.h"
#include "core/experiment/equal_width.h"
#include "core/experiment/learning_curve.h"
#include "core/experiment/sensitivity.h"
#include "core/experiment/uncertainty.h"
#include "core/features/extract_samples.h"

#include <filesystem>
#include <optional>

namespace scalescope {

/// The settings.
struct AnalysisSettings {
  ExtractionSettings extraction;
  std::optional<Protocol> protocol; ///< no value: that of the file of folds, or ridge if folds are drawn
  int repetitions = 10;
  std::uint32_t seed = 0;
  std::filesystem::path folds;         ///< a file of folds to use instead of drawing them; empty: draw
  bool random_weights_control = false; ///< the same analysis with random weights
  int weight_draws = 1; ///< number of random networks; repetition r uses network r modulo this, with seed + network
  bool random_scale_control = false; ///< the same analysis with permuted targets, different for each repetition
  int permutations = 0;              ///< of the targets, for PeakTest; 0: no test
  bool adjust = false;               ///< also what each layer adds to the covariates of the boxes: see Adjustment
  bool equal_width = false;          ///< also R2 at equal width: see EqualWidth
  bool learning_curve = false;       ///< also R2 with fewer images: see LearningCurve
  bool target_forms = false;         ///< also R2 of the target's root and logarithm, on the same folds
};

/// Whether it uses permuted targets.
[[nodiscard]] bool permutes(const AnalysisSettings& settings);

/// A permutation test of whether the peak of a curve could be chance. The statistic is the highest R2 of all layers on
/// the folds of the first repetition (maximum statistic, Westfall & Young 1993); this corrects for the number of
/// layers. It is compared with those of permuted targets (see permute_among_groups). What it can reject is that no
/// layer reads the target; it says nothing about which layer reads it best.
struct PeakTest {
  double peak = 0;                ///< the highest R2 of all layers in the first repetition
  std::vector<double> permuted;   ///< the same for each permutation
  [[nodiscard]] double p() const; ///< see permutation_p
};

/// The curve of a control, or of another form of the target.
struct ControlCurve {
  std::string name;                            ///< "random weights", "random scale"
  Scores scores;                               ///< one per layer
  std::optional<Uncertainty> uncertainty = {}; ///< over images; none for random scale, with its other targets
};

/// The layer with the highest mean R2.
[[nodiscard]] std::size_t peak_of(const Scores& scores);

/// The result: how well the target is read from each layer.
struct Analysis {
  std::vector<ProbeLayer> layers;
  std::vector<int> depths; ///< Layer::depth of each
  Scores scores;
  std::vector<ControlCurve> controls;
  std::optional<PeakTest> peak_test;
  Folds folds;
  Extraction extraction;
  std::vector<HeldOut> held_out = {};          ///< one per layer; none in the paper protocol
  std::optional<Uncertainty> uncertainty = {}; ///< over images; none in the paper protocol, which holds out some rows
                                               ///< more often than others
  std::optional<Sensitivity> sensitivity = {};
  std::optional<Adjustment> adjustment = {};
  std::optional<EqualWidth> equal_width = {};
  std::optional<LearningCurve> learning_curve = {};
  std::vector<ControlCurve> target_forms = {}; ///< "root", "logarithm" of the target
  std::vector<std::string> notes = {}; ///< notes for readers of the scores: see sensitivity_note, permutation_note
  double fit_seconds = 0;
  [[nodiscard]] std::size_t peak() const { return peak_of(scores); }
};

/// The features of the samples: the whole input of the regressions.
struct Collected {
  Extraction extraction;
  std::vector<Extraction> random; ///< the same for each network with random weights
  std::vector<int> depths;        ///< Layer::depth of each layer
  std::vector<Landmark> landmarks =
      {}; ///< the last feature map, the output and the softmax, where they are among the layers
};

/// The same network with random weights. @throws Error as Network::open.
[[nodiscard]] Network with_random_weights(const Network& network, std::uint64_t seed);

/// Runs an experiment's images through a network, with its own or with random weights. The rows must be the same each
/// time.
using MakeRows = std::function<Extraction(const Network&, const JobCallback&)>;

/// The first half of an analysis: computes the rows with the network, and again for each network with random weights.
/// The control with random weights opens the network again.
/// @throws Error, Cancelled when stopped.
[[nodiscard]] Collected collect(const Network& network, const MakeRows& make_rows, const AnalysisSettings& settings,
                                const JobCallback& progress = {});
/// The same for samples, with extract_samples.
[[nodiscard]] Collected collect(const Network& network, const std::vector<Sample>& samples,
                                const AnalysisSettings& settings, std::stop_token stop = {},
                                const JobCallback& progress = {});

/// For each layer, the regression of the target on all rows (see Probe::regression), with folds of seed 0. It predicts
/// the target for other images. It clips features if the analysis does (protocol ridge).
[[nodiscard]] std::vector<Regression> regressions(const Analysis& analysis);

/// The same for one layer, by its position in the extraction.
[[nodiscard]] Regression regression(const Extraction& extraction, std::size_t layer, bool clip);

/// Both halves for samples: collect, then fit. @throws Error, Cancelled when stopped.
[[nodiscard]] Analysis analyze(const Network& network, const std::vector<Sample>& samples,
                               const AnalysisSettings& settings, const std::stop_token& stop = {},
                               const JobCallback& progress = {});

} // namespace scalescope
