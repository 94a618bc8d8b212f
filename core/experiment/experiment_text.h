#pragma once

#include "core/experiment/curve_series.h"
#include "core/experiment/facts.h"

#include <string>
#include <vector>

namespace scalescope {

/// The texts and curves of an experiment besides its main curve. The record contains name, settings and further curves,
/// the report all of it.
struct ExperimentText {
  std::string name;                 ///< "object-scale --rendered"
  std::string headline;             ///< a sentence with the result; empty: that of headline_of
  std::string question;             ///< what varies, what stays the same, what is read
  Facts settings;                   ///< in addition to those of the analysis
  std::vector<CurveSeries> more;    ///< further curves over the same layers, drawn behind the first
  std::vector<std::string> remarks; ///< paragraphs about what the figure shows and does not show
};

/// The remarks of an experiment that ends in a curve: what R2 and the controls mean, then `own`.
[[nodiscard]] std::vector<std::string> curve_remarks(std::vector<std::string> own = {});

} // namespace scalescope
