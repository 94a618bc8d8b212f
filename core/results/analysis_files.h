#pragma once

#include "core/base/file_set.h"
#include "core/experiment/analysis.h"
#include "core/experiment/experiment_text.h"
#include "core/results/curve.h"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace scalescope {

/// The input of an analysis, for its record and report.
struct AnalysisContext {
  ModelSource model;
  RunOptions run;
  std::string data;  ///< the folder or file; empty for generated images
  SampleSet samples; ///< as read, with what the reader left out
  AnalysisSettings settings;
  std::string objects;              ///< the rule for images with several objects
  std::vector<std::string> classes; ///< only objects of these were used; empty: all
  std::string format;               ///< of the data; empty: found out
  bool split_masks = false;         ///< parts of label masks are objects
  std::string preprocessing_reason; ///< "given", "what efficientnet_lite0 was trained with", ...
  std::string version;              ///< of ScaleScope
  std::optional<ExperimentText> experiment = {};
};

/// The layers' own curve with that name, further ones, and then the controls.
[[nodiscard]] std::vector<CurveSeries> curves_of(const Analysis& analysis, const std::string& name,
                                                 std::span<const CurveSeries> more = {});
/// Everything that was left out, by the reader and from the images.
[[nodiscard]] std::vector<LeftOut> left_out_of(const Analysis& analysis, const AnalysisContext& context);
/// The remarks on data that were used, but not exactly as written; likewise.
[[nodiscard]] std::vector<Remark> remarks_of(const Analysis& analysis, const AnalysisContext& context);
/// The facts in its record: experiment, network, data, settings, engine and versions.
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
