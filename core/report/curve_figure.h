#pragma once

#include "core/results/curve.h"

#include <string>
#include <vector>

namespace scalescope {

/// The content of a figure of R2 by layer.
struct CurveFigure {
  std::string title;               ///< "R² of object scale by layer"
  std::string subtitle;            ///< model, data, protocol: one line
  std::string y_label = "R²";      ///< of the held-out rows
  std::vector<std::string> layers; ///< x axis, from input to output
  std::vector<CurveSeries> series; ///< the peak of the first is marked
  bool mark_peak = true;
  std::string x_label = "layer, from input to output";
  std::vector<int> depths = {}; ///< Layer::depth of each layer, written below the axis; may be empty
};

/// The figure as an SVG document with real text, on white, in colours that colour-blind readers can distinguish. Values
/// far below zero (ordinary least squares overfits to -1000 and less) are clipped at the axis and marked with their
/// number.
[[nodiscard]] std::string to_svg(const CurveFigure& figure);

} // namespace scalescope
