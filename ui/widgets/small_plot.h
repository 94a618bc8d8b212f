#pragma once

#include <QColor>
#include <QPainter>
#include <QString>

#include <optional>
#include <vector>

namespace scalescope {

struct PlotLine {
  std::vector<double> y; ///< by x; NaN breaks the line
  QString label;         ///< shown at the right end of the line; may be empty
  QColor colour;
  std::vector<bool> rings = {}; ///< by x: a ring instead of a dot; empty: no rings
};

/// A small plot of a few lines over a common x axis.
struct SmallPlot {
  QString title;
  std::vector<double> x; ///< ascending
  double x_low = 0, x_high = 1;
  double y_low = 0, y_high = 1;
  std::vector<PlotLine> lines;
  QString diagonal;          ///< label of the line y = x, empty for none
  std::optional<double> now; ///< x of a vertical line
  QString missing;           ///< text shown if there are no lines
  QString x_title;           ///< shown with numbers under the axis; empty: no title and no numbers
};

/// The width of the numbers left of the axis. @param height of the plot's area.
[[nodiscard]] int number_room(const SmallPlot& plot, const QFont& font, int height);
/// The width of the labels at the right ends of lines.
[[nodiscard]] int label_room(const SmallPlot& plot, const QFont& font);
/// @param left,right the largest number_room and label_room of all plots that are aligned.
void paint_plot(QPainter& painter, const QRect& area, const SmallPlot& plot, int left, int right);

} // namespace scalescope
