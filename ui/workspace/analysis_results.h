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

/// The results of a complete or partial analysis, as the window shows them and a session keeps them. Values arrive one
/// by one, in any order.
struct AnalysisResults {
  std::optional<AnalyzeJob> job; ///< the job that can repeat it, if there is one; its `out` is chosen when it runs
  std::string network;           ///< its name
  std::string title;             ///< of the curve
  std::string subtitle;
  std::string target = object_scale_name; ///< the number that is read from the layers
  std::vector<std::string> layers;
  std::vector<int> depths;   ///< one a layer
  std::vector<int> channels; ///< one a layer
  /// By control ("": the network itself) and layer: R2 of the repetitions, in order of arrival.
  std::map<std::string, std::vector<std::vector<double>>> r2;
  /// By control; one a layer. None while partial, in the paper protocol, for random scale, and in a session of 0.1.0.
  std::map<std::string, std::vector<LayerUncertainty>> uncertainty;
  std::vector<Variant> other_fits; ///< curves of other ways of fitting, and what was measured besides; none while
                                   ///< partial, and in a session of 0.1.0
  std::string sensitivity_note;    ///< where they differ; "" if nowhere
  std::map<std::string, Regression> regressions; ///< by layer; none while partial
  bool partial = true;                           ///< the analysis is running, or was stopped

  [[nodiscard]] bool empty() const { return r2.empty(); } ///< there are no results yet
  void add(const CurvePoint& part);
  /// Sets the complete analysis. @param fitted one per layer.
  void finish(const Analysis& analysis, const std::vector<Regression>& fitted, const SampleSet& samples);
  /// Means over the repetitions so far; NaN for layers without one.
  [[nodiscard]] CurveData curve() const;
  /// The scores of the layers so far.
  [[nodiscard]] std::vector<LayerR2> scores() const;
  /// The regression of a layer; nullptr if there is none.
  [[nodiscard]] const Regression* regression(const std::string& layer) const;
};

} // namespace scalescope
