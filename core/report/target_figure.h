#pragma once

#include <string>
#include <vector>

namespace scalescope {

/// One panel of predictions.
struct PredictionPanel {
  std::string title; ///< "_blocks.12: R² 0.72"
  std::vector<double> predicted;
};

/// The content of a figure about the targets: how they are distributed, and what layers make of them.
struct TargetFigure {
  std::string target;                  ///< "object scale"
  std::vector<double> targets;         ///< one per row
  std::vector<PredictionPanel> panels; ///< one or two; held-out predictions of the same rows
};

/// The figure as an SVG document: a histogram of the targets, then a panel of predicted against true values for each
/// layer, with the line on which both are equal.
[[nodiscard]] std::string to_svg(const TargetFigure& figure);

} // namespace scalescope
