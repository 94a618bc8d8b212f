#pragma once

#include "ui/curve/curve_marks.h"
#include "ui/workspace/curve_data.h"

#include <qcustomplot.h>

#include <vector>

namespace scalescope {

/// The unit of the axis: R2, or e^R2 / e as in the paper, which is between 0 and 1 even for negative R2.
enum class CurveScale { R2, Exponential };

/// Converts an R2 to the unit of the axis.
[[nodiscard]] double on_axis(double r2, CurveScale scale);

/// How a curve is drawn.
struct CurveLook {
  CurveScale scale = CurveScale::R2;
  double floor = 0;   ///< values below it are clipped; in units of the axis
  double step = 0;    ///< pixels from layer to layer
  double em = 0;      ///< height of small text in pixels
  bool dense = false; ///< layers are too close for full-size points
};

/// The graphs of a curve on a plot: a line, points and error bars for each series.
class CurveGraphs {
 public:
  explicit CurveGraphs(QCustomPlot& plot) : plot_(plot) {}
  /// Makes the graphs, one set per series; reuses those that exist.
  void make(const std::vector<CurveSeries>& all);
  /// Fills the graphs from make(). @return the drawn lines, one per series.
  std::vector<CurveLine> draw(const CurveData& data, const CurveLook& look);

 private:
  struct Series {
    QCPGraph* line = nullptr;
    QCPGraph* points = nullptr;
    QCPErrorBars* bars = nullptr;
  };

  [[nodiscard]] CurveLine line_of(const CurveData& data, const CurveSeries& series, const QPen& pen,
                                  const CurveLook& look) const;
  static void fill(const Series& graphs, const CurveLine& line);
  static void style(const Series& graphs, const CurveLine& line, bool control, const CurveLook& look);

  QCustomPlot& plot_;
  std::vector<Series> series_;
};

} // namespace scalescope
