#pragma once

#include <QColor>
#include <QPainter>
#include <QString>

#include <optional>
#include <vector>

namespace scalescope {

struct PlotLine {
  std::vector<double> y; ///< by x; NaN breaks the line
  QString label;         ///< stands at the line's right end; may be empty
  QColor colour;
  std::vector<bool> rings = {}; ///< by x, where a ring stands for the dot; empty: nowhere
};

/// A plot of a few lines over a common x, for reading off a shape in a small space.
struct SmallPlot {
  QString title;
  std::vector<double> x; ///< ascending
  double x_low = 0, x_high = 1;
  double y_low = 0, y_high = 1;
  std::vector<PlotLine> lines;
  QString diagonal;          ///< label of the line y = x, empty for none
  std::optional<double> now; ///< x of a vertical line
  QString missing;           ///< said instead of the lines when there are none
  QString x_title;           ///< with numbers under the axis; empty for neither
};

/// The room that numbers take left of the axis. @param height of the area that the plot is painted in.
[[nodiscard]] int number_room(const SmallPlot& plot, const QFont& font, int height);
/// The room that labels take at the right ends of lines.
[[nodiscard]] int label_room(const SmallPlot& plot, const QFont& font);
/// @param left,right what number_room and label_room say, at most, of all plots that are to line up.
void paint_plot(QPainter& painter, const QRect& area, const SmallPlot& plot, int left, int right);

} // namespace scalescope
