#pragma once

#include "core/experiment/analysis.h"
#include "core/experiment/fit.h"
#include "core/jobs/analyze_job.h"
#include "core/results/analysis_record.h"
#include "ui/workspace/curve_data.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace scalescope {

/// What is known from an analysis, whole or as far as it came: what the window shows of it and a session keeps. Values
/// come one by one, in any order.
struct AnalysisResults {
  std::optional<AnalyzeJob> job; ///< that it is of, where that runs again; its `out` is for whoever runs it
  std::string network;           ///< its name
  std::string title;             ///< of the curve
  std::string subtitle;
  std::string target = object_scale_name; ///< what is read from the layers
  std::vector<std::string> layers;
  std::vector<int> depths;   ///< one a layer
  std::vector<int> channels; ///< one a layer
  /// By control ("": the network itself) and layer: R2 of the repetitions, as they came.
  std::map<std::string, std::vector<std::vector<double>>> r2;
  std::map<std::string, Regression> regressions; ///< by layer, of the target on its pooled features; none while partial
  bool partial = true;                           ///< the analysis is running, or was stopped

  [[nodiscard]] bool empty() const { return r2.empty(); } ///< nothing is known yet
  void add(const PartialCurve& part);
  /// Takes the whole analysis. @param fitted one a layer.
  void finish(const Analysis& analysis, const std::vector<Regression>& fitted, const SampleSet& samples);
  /// Means over the repetitions that are there; NaN where there is none.
  [[nodiscard]] CurveData curve() const;
  /// How well each layer did, of those that are known.
  [[nodiscard]] std::vector<LayerR2> scores() const;
  /// The regression of a layer, nullptr where there is none.
  [[nodiscard]] const Regression* regression(const std::string& layer) const;
};

} // namespace scalescope
