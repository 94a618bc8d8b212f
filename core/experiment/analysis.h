#pragma once

#include "core/features/extract_samples.h"

#include <filesystem>
#include <optional>

namespace scalescope {

/// What to find out.
struct AnalysisSettings {
  ExtractionSettings extraction;
  std::optional<Protocol> protocol; ///< none: that of the file of folds, robust where they are drawn
  int repetitions = 10;
  std::uint32_t seed = 0;
  std::filesystem::path folds;         ///< a file of folds to use instead of drawing them; empty: draw
  bool random_weights_control = false; ///< the same with the network's weights drawn anew
  int weight_draws = 1;                ///< how often: repetition r is that of draw r modulo this, seed + draw
  bool random_scale_control = false;   ///< the same with the targets permuted among groups, anew for each repetition
  int permutations = 0;                ///< of the targets, for PeakTest; 0: no test
};

/// Whether anything in it is of permuted targets.
[[nodiscard]] bool permutes(const AnalysisSettings& settings);

/// Whether the peak of a curve could be chance, by a permutation test. The statistic is the highest R2 of all layers,
/// so that having looked at many layers is paid for (maximum statistic, Westfall & Young 1993), on the folds of the
/// first repetition; it is compared with that of targets permuted among groups (see
/// permute_among_groups).
struct PeakTest {
  double peak = 0;                ///< the highest R2 of all layers in the first repetition
  std::vector<double> chance;     ///< the same of each permutation
  [[nodiscard]] double p() const; ///< see permutation_p
};

/// A control's curve.
struct ControlCurve {
  std::string name; ///< "random weights", "random scale"
  Scores scores;    ///< one a layer
};

/// The answer: how well the target is read from each layer.
struct Analysis {
  std::vector<ProbeLayer> layers;
  std::vector<int> depths; ///< Layer::depth of each
  Scores scores;
  std::vector<ControlCurve> controls;
  std::optional<PeakTest> peak_test;
  Folds folds;
  Extraction extraction;
  std::vector<std::string> notes =
      {}; ///< what a person should know who reads the scores: see stability_note, permutation_note
  double fit_seconds = 0;
  /// The layer with the highest mean R2.
  [[nodiscard]] std::size_t peak() const;
};

/// The features that a network gives for the samples: all that the regressions need.
struct Collected {
  Extraction extraction;
  std::vector<Extraction> random; ///< the same with the network's weights drawn anew, as often as the settings ask
  std::vector<int> depths;        ///< Layer::depth of each layer
};

/// Sends an experiment's images through a network: the one at hand, or the same with other weights. The rows must be
/// the same each time.
using MakeRows = std::function<Extraction(const Network&, const JobCallback&)>;

/// The first half of an analysis: makes the rows with the network, and again for each draw of random weights.
/// The control with random weights opens the network again.
/// @throws Error, Cancelled when stopped.
[[nodiscard]] Collected collect(const Network& network, const MakeRows& make_rows, const AnalysisSettings& settings,
                                const JobCallback& progress = {});
/// The same for samples: the rows are made by extract_samples.
[[nodiscard]] Collected collect(const Network& network, const std::vector<Sample>& samples,
                                const AnalysisSettings& settings, std::stop_token stop = {},
                                const JobCallback& progress = {});

/// For each layer the regression of the target from all rows (see Probe::regression), over folds drawn with seed 0:
/// what reads the target from other images. It clips if the analysis is by the clipped protocol.
[[nodiscard]] std::vector<Regression> regressions(const Analysis& analysis);

/// The same of one layer, by its position in the extraction.
[[nodiscard]] Regression regression(const Extraction& extraction, std::size_t layer, bool clip);

/// Both halves for samples: collect, then fit. @throws Error, Cancelled when stopped.
[[nodiscard]] Analysis analyse(const Network& network, const std::vector<Sample>& samples,
                               const AnalysisSettings& settings, std::stop_token stop = {},
                               const JobCallback& progress = {});

} // namespace scalescope
