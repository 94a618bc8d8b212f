#pragma once

#include "ui/curve/curve_graphs.h"
#include "ui/curve/curve_marks.h"
#include "ui/curve/value_ticker.h"
#include "ui/workspace/curve_data.h"

#include <qcustomplot.h>

namespace scalescope {

/// Draws a curve. The wheel zooms, dragging moves it, a double click shows the whole curve again.
class CurvePlot : public QCustomPlot {
  Q_OBJECT
 public:
  explicit CurvePlot(QWidget* parent = nullptr);

  /// May be called often; the zoom stays while the layers are the same.
  void set_data(const CurveData& curve);
  void set_scale(CurveScale scale);
  void set_current(int layer); ///< -1: none
  void set_cut(int layer);     ///< fades the layers after it; -1: none
  void set_focused(bool by_keyboard);
  void restyle(); ///< applies the present theme and font
  void show_all();
  void bring_into_view(int layer);

  [[nodiscard]] CurveScale scale() const { return scale_; }
  /// The layer with a point near that position, -1 if there is none.
  [[nodiscard]] int layer_near(const QPointF& place) const;
  [[nodiscard]] const CurveMarks& marks() const { return *marks_; }

 signals:
  void clicked(int layer);
  void hovered(int layer, const QPoint& place); ///< -1 if there is no point; `place` on the screen

 protected:
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;

 private:
  void arrange(); ///< called before each replot: everything that depends on the size, the zoom or the data
  void choose_margins();
  void choose_ranges();
  void choose_labels();
  void draw_curve();
  [[nodiscard]] QSizeF area() const;
  [[nodiscard]] QFont small_font() const;
  [[nodiscard]] double spacing() const; ///< pixels from layer to layer

  CurveData data_;
  QStringList names_; ///< short names of the layers
  CurveScale scale_ = CurveScale::R2;
  int current_ = -1;
  bool focused_ = false;
  CurveGraphs graphs_;
  QCPItemRect* behind_cut_;
  QCPItemLine* cut_line_;
  CurveMarks* marks_;
  QSharedPointer<QCPAxisTickerText> layer_ticker_;
  QSharedPointer<ValueTicker> value_ticker_;

  QCPRange all_layers_{0, 1};
  QCPRange all_values_{0, 1};
  double lowest_ = 0;       ///< the lowest value that dragging can show
  double floor_ = 0;        ///< values under it are clipped
  double unclipped_ = 0;    ///< where the axis would end without clipping
  double clipped_room_ = 0; ///< pixels under the floor
  bool layers_zoomed_ = false;
  bool values_zoomed_ = false;
  bool arranging_ = false;
};

} // namespace scalescope
