#pragma once

#include "core/results/curve.h"

#include <string>
#include <vector>

namespace scalescope {

/// R2 by layer, ready to draw.
struct CurveFigure {
  std::string title;               ///< "R² of object scale by layer"
  std::string subtitle;            ///< model, data, protocol: one line
  std::string y_label = "R²";      ///< of the held-out rows
  std::vector<std::string> layers; ///< x axis, from input to output
  std::vector<CurveSeries> series; ///< the first is the one whose peak is marked
  bool mark_peak = true;
  std::string x_label = "layer, from input to output";
};

/// The figure as an SVG document with real text, on white, in colours that colour-blind readers tell apart. Values far
/// below zero (ordinary least squares overfits to -1000 and less) are clipped at the axis and marked with their number.
[[nodiscard]] std::string to_svg(const CurveFigure& figure);

} // namespace scalescope
