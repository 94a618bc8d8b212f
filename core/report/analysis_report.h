#pragma once

#include "core/base/files.h"
#include "core/experiment/analysis.h"
#include "core/report/curve_figure.h"
#include "core/report/html_report.h"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <span>

namespace scalescope {

/// The texts and curves of an experiment besides its main curve.
struct ExperimentText {
  std::string name;                 ///< "object-scale --rendered"
  std::string headline;             ///< a sentence with the result; empty: that of headline_of
  std::string question;             ///< what varies, what stays the same, what is read
  ReportFacts settings;             ///< in addition to those of the analysis
  std::vector<CurveSeries> more;    ///< further curves over the same layers, drawn behind the first
  std::vector<std::string> remarks; ///< paragraphs about what the figure shows and does not show
};

/// The input of an analysis, for its title and record.
struct AnalysisContext {
  ModelSource model;
  RunOptions run;
  std::string data;  ///< the folder or file; empty for generated images
  SampleSet samples; ///< as read, with what the reader left out
  AnalysisSettings settings;
  std::string objects;              ///< the rule for images with several objects
  std::string preprocessing_reason; ///< "given", "what efficientnet_lite0 was trained with", ...
  std::string version;              ///< of ScaleScope
  std::optional<ExperimentText> experiment = {};
};

/// curve.csv: layer,depth,channels,r2_mean,r2_sd and the same pair for each further series, under its name. Numbers are
/// the shortest that read back equal; what is missing (NaN) stays empty. @param depths and `channels` one per layer.
[[nodiscard]] std::string curve_csv(const CurveFigure& figure, std::span<const int> depths,
                                    std::span<const int> channels);

/// The curve as a figure. @param network its name.
[[nodiscard]] CurveFigure curve_figure(const Analysis& analysis, const std::string& network, const SampleSet& samples);

/// Everything needed to run it again, and the results: analysis.json.
[[nodiscard]] nlohmann::json analysis_record(const Analysis& analysis, const Network& network,
                                             const AnalysisContext& context);

/// A sentence: the best layer, its R2 and standard deviation, and the values of the controls and the head.
[[nodiscard]] std::string headline_of(const Analysis& analysis, const std::string& target);

/// report.html of an experiment: the curve, its numbers as a table, the settings of the record, what was left out.
/// @param figure as in curve.csv. @param record from analysis_record.
[[nodiscard]] std::string experiment_html(const Analysis& analysis, const AnalysisContext& context,
                                          const CurveFigure& figure, const nlohmann::json& record);

/// The files that an analysis reads: the network's, the annotations and images, the folds.
[[nodiscard]] std::vector<std::filesystem::path> inputs_of(const AnalysisContext& context);
/// The files that write_analysis writes. @param layers whose features are written.
[[nodiscard]] std::vector<std::string> analysis_files(bool experiment, std::span<const std::string> layers = {});

/// Writes curve.csv, curve.svg, curve.png and analysis.json into the set, for an experiment also report.html, and with
/// `features` features/LAYER.npy and features/rows.csv. The caller commits.
void write_analysis(FileSet& files, const Analysis& analysis, const Network& network, const AnalysisContext& context,
                    bool features);

} // namespace scalescope
