#pragma once

#include "core/probe/bootstrap.h"

#include <string>
#include <vector>

namespace scalescope {

/// One line of a figure: points in drawing order.
struct FigureLine {
  std::string name; ///< in the legend
  std::vector<double> x;
  std::vector<double> y;                       ///< NaN and infinities leave a point out
  std::vector<double> standard_deviation = {}; ///< of y, drawn as bars; may be empty
  std::vector<Interval> intervals = {};        ///< of y, drawn as bars instead where there are any
  std::vector<std::string> titles = {};        ///< of the points, shown under the mouse; may be empty
  std::ptrdiff_t highlighted = -1;             ///< a point that is drawn larger
};

/// The content of a figure of lines over a common numeric axis.
struct LineFigure {
  std::string title;
  std::string x_label;
  std::string y_label;
  std::vector<double> x_ticks; ///< at least one, ascending; the first and the last are the axis' ends
  double y_low = 0;            ///< values below are drawn at the axis
  double y_high = 1;           ///< and those above
  double y_step = 0.2;         ///< between ticks; y_low is a multiple of it
  bool logarithmic = false;    ///< x
  std::vector<FigureLine> lines;
};

/// The figure as an SVG document with real text, on white, in colours that colour-blind readers can distinguish.
[[nodiscard]] std::string to_svg(const LineFigure& figure);

} // namespace scalescope
