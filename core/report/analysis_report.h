#pragma once

#include "core/base/files.h"
#include "core/experiment/analysis.h"
#include "core/report/curve_figure.h"

#include <span>

namespace scalescope {

/// What an analysis was of: for its title and its record.
struct AnalysisContext {
  ModelSource model;
  RunOptions run;
  std::string data;  ///< the folder or file
  SampleSet samples; ///< as read: names, and what the reader left out
  AnalysisSettings settings;
  std::string objects;              ///< the rule for pictures with several objects
  std::string preprocessing_reason; ///< "given", "what efficientnet_lite0 was trained with", ...
  std::string version;              ///< of ScaleScope
};

/// curve.csv: layer,depth,channels,r2_mean,r2_sd and the same pair for each control. Numbers are the shortest that read
/// back equal.
[[nodiscard]] std::string curve_csv(const Analysis& analysis);
/// The same of a curve that may not be whole yet: what is missing (NaN) stays empty. The first series is the layers'
/// own, the others are controls. @param depths and `channels` one a layer.
[[nodiscard]] std::string curve_csv(const CurveFigure& figure, std::span<const int> depths,
                                    std::span<const int> channels);

/// The curve as a figure. @param network its name.
[[nodiscard]] CurveFigure curve_figure(const Analysis& analysis, const std::string& network, const SampleSet& samples);

/// Writes curve.csv, curve.svg, curve.png and analysis.json into the set, and with `features` features/LAYER.npy and
/// features/rows.csv. The caller commits.
void write_analysis(FileSet& files, const Analysis& analysis, const Network& network, const AnalysisContext& context,
                    bool features);

} // namespace scalescope
