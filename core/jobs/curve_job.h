#pragma once

#include "core/jobs/job_watch.h"
#include "core/jobs/network_choice.h"
#include "core/jobs/preprocessing_choice.h"
#include "core/results/analysis_files.h"
#include "datasets/readers.h"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// The settings that `analyze` and all experiments share.
struct CurveJob {
  NetworkChoice network;
  std::string data; ///< a data set: see read_samples
  ReadOptions read;
  std::string out;                           ///< folder for the results
  std::vector<std::string> layers{"blocks"}; ///< "blocks", "all", or names
  std::vector<std::string> inside;           ///< blocks whose inner layers are added: names, or "blocks" for all blocks
  PreprocessingChoice preprocessing;
  std::optional<Protocol> protocol; ///< nothing: that of the file of folds, ridge where they are drawn
  int repetitions = 10;
  std::string folds;                 ///< a file of folds to use; empty: they are drawn
  std::vector<std::string> controls; ///< "random-weights", "random-scale"
  int weight_draws = 1;              ///< see AnalysisSettings
  int permutations = 0;              ///< see AnalysisSettings
  bool adjust = false;               ///< see AnalysisSettings
  bool equal_width = false;          ///< see AnalysisSettings
  bool learning_curve = false;       ///< see AnalysisSettings
  bool target_forms = false;         ///< see AnalysisSettings
  int batch = 16;                    ///< images per batch
  std::uint32_t seed = 0;            ///< of folds, controls and, where they have none of their own, random weights
  bool operator==(const CurveJob&) const = default;
};

/// The layers that are analysed by default: the blocks, then output and softmax. Empty where there are
/// none.
[[nodiscard]] std::vector<std::string> blocks_and_head(const NetworkInfo& network);
/// The layers that a choice stands for. @throws Error for an unknown name, and for blocks of a network without any.
[[nodiscard]] std::vector<std::string> chosen_layers(const std::vector<std::string>& choice,
                                                     const NetworkInfo& network);

/// The same with the layers inside of some blocks, each before its block.
/// @throws Error also for one without layers inside.
[[nodiscard]] std::vector<std::string>
with_inner_layers(std::vector<std::string> layers, const std::vector<std::string>& inside, const NetworkInfo& network);

/// A job's settings, after its choices of layers and preprocessing were resolved for its network.
struct CurveSetup {
  AnalysisSettings settings;
  std::string preprocessing_reason;
};
/// @throws Error as chosen_layers and chosen.
[[nodiscard]] CurveSetup setup_of(const CurveJob& job, const NetworkInfo& network);

/// For the record of the job's results.
[[nodiscard]] AnalysisContext context_of(const CurveJob& job, const CurveSetup& setup, const NetworkInfo& network,
                                         SampleSet samples);

/// Reads the data set of the job, and tells its remarks. @throws Error if it holds nothing to analyse.
[[nodiscard]] SampleSet read_data(const CurveJob& job, const JobWatch& watch, const std::stop_token& stop);
/// Reports reading as the stage "annotations", if it takes a while. `watch` must outlive it.
[[nodiscard]] ReadWatch read_watch(const JobWatch& watch, const std::stop_token& stop);
/// Opens the job's network, and tells `watch` its notes.
[[nodiscard]] Network open_network(const NetworkChoice& choice, std::uint64_t seed, const JobWatch& watch);
/// "efficientnet_lite0: 184 images, 3 left out, 23 layers, preprocessing torch (given), ...".
[[nodiscard]] std::string setup_text(const NetworkInfo& network, const CurveSetup& setup, const std::string& images);
/// "184 images, 3 left out".
[[nodiscard]] std::string count_of(const SampleSet& samples);

/// A callback that fills in JobProgress::whole over both halves of an analysis: collect and fit.
[[nodiscard]] JobCallback progress_of_analysis(JobCallback progress, const AnalysisSettings& settings);
/// Both halves. What there is to say afterwards is told to the watch.
[[nodiscard]] Analysis run_analysis(const Network& network, const MakeRows& make_rows, const AnalysisSettings& settings,
                                    const JobWatch& watch, const std::stop_token& stop);

} // namespace scalescope
