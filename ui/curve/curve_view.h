#pragma once

#include "ui/workspace/curve_data.h"

#include <QWidget>

class QLabel;
class QStackedWidget;
class QToolButton;

namespace scalescope {

class CurvePlot;

/// R2 by layer. A click on a point, or the left and right arrow keys, chooses a layer.
class CurveView : public QWidget {
  Q_OBJECT
 public:
  explicit CurveView(QWidget* parent = nullptr);

  /// Shows a curve, or without layers a sentence on what to do. May be called with every new score.
  void set_data(const CurveData& curve);
  [[nodiscard]] const CurveData& curve() const { return data_; }
  /// Marks the layer and sends no signal. If the curve has no such layer, none is marked.
  void set_current(const QString& layer);
  /// Fades the layers after this one: pruning here removes them. If the curve has no such layer, nothing fades.
  void set_cut(const QString& layer);

 signals:
  void layer_chosen(const QString& layer);

 protected:
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  [[nodiscard]] int index_of(const QString& layer) const; ///< -1 if the curve does not have it
  void choose(int layer);
  void show_tooltip(int layer, const QPoint& place);
  void list_fits();
  void show_curve(); ///< with the curves of other fits where they are switched on
  void write_note();
  void restyle();
  QToolButton* scale_button(const QString& text, const QString& tooltip);

  CurveData data_;
  int current_ = -1;
  QString current_name_; ///< kept while the curve does not have it
  QStackedWidget* pages_;
  QLabel* empty_;
  QLabel* note_;
  QToolButton* fits_;
  CurvePlot* plot_;
};

} // namespace scalescope
