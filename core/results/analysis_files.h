#pragma once

#include "core/base/file_set.h"
#include "core/experiment/analysis.h"
#include "core/results/curve.h"
#include "core/results/facts.h"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace scalescope {

/// What an experiment says beyond its curve. The record holds name, settings and further curves, the report all of it.
struct ExperimentText {
  std::string name;                 ///< "object-scale --rendered"
  std::string headline;             ///< a sentence: what was found; empty: what headline_of says
  std::string question;             ///< what was varied, what was held, what is read
  Facts settings;                   ///< its own, beside those of the analysis
  std::vector<CurveSeries> more;    ///< further curves over the same layers, drawn behind the first
  std::vector<std::string> remarks; ///< paragraphs on what the figure does and does not show
};

/// What an analysis was of: for its record and its report.
struct AnalysisContext {
  ModelSource model;
  RunOptions run;
  std::string data;  ///< the folder or file; empty where images were made of nothing
  SampleSet samples; ///< as read: names, and what the reader left out
  AnalysisSettings settings;
  std::string objects;              ///< the rule for images with several objects
  std::string preprocessing_reason; ///< "given", "what efficientnet_lite0 was trained with", ...
  std::string version;              ///< of ScaleScope
  std::optional<ExperimentText> experiment = {};
};

/// The layers' own curve under that name, further ones, and then the controls.
[[nodiscard]] std::vector<CurveSeries> curves_of(const Analysis& analysis, const std::string& name,
                                                 std::span<const CurveSeries> more = {});
/// Everything that was not used, by the reader and of the images.
[[nodiscard]] std::vector<LeftOut> left_out_of(const Analysis& analysis, const AnalysisContext& context);
/// Everything that was not used just as it was found, likewise.
[[nodiscard]] std::vector<Remark> remarks_of(const Analysis& analysis, const AnalysisContext& context);
/// What its record says of experiment, network, data, settings, engine and versions.
[[nodiscard]] Facts facts_of(const Analysis& analysis, const Network& network, const AnalysisContext& context);

/// The files that an analysis reads: the network's, the annotations and images, the folds.
[[nodiscard]] std::vector<std::filesystem::path> inputs_of(const AnalysisContext& context);
/// The files that write_analysis_record writes. @param layers whose features are written.
[[nodiscard]] std::vector<std::string> analysis_record_files(std::span<const std::string> layers);

/// Writes analysis.json (the results, and everything needed to run it again) and curve.csv into the set, and with
/// `features` features/LAYER.npy and features/rows.csv. The caller commits. read_analysis reads analysis.json.
void write_analysis_record(FileSet& files, const Analysis& analysis, const Network& network,
                           const AnalysisContext& context, bool features);

} // namespace scalescope
