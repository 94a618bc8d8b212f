#pragma once

#include "core/stage/composite.h"
#include "ui/widgets/small_plot.h"
#include "ui/workspace/scale_sweep.h"

#include <QWidget>

#include <array>
#include <optional>

namespace scalescope {

/// A sweep over scales as three plots: side by side if there is room, else one below the other with a common axis.
class ResponseView : public QWidget {
  Q_OBJECT

 public:
  explicit ResponseView(QWidget* parent = nullptr);
  void set_sweep(ScaleSweep sweep);
  /// The scale of the object on the stage, marked by a vertical line.
  void set_current_scale(std::optional<double> scale);
  /// The sentence shown without a sweep.
  void set_empty_text(const QString& text);
  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;
  [[nodiscard]] int heightForWidth(int width) const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  bool event(QEvent* event) override;

 private:
  using Plots = std::array<SmallPlot, 3>;
  struct Frame {
    int left = 0, right = 0; ///< pixels
  };
  [[nodiscard]] bool in_a_row(int width) const;
  void paint_row(QPainter& painter, QRect area, const Plots& plots);
  void paint_column(QPainter& painter, QRect area, const Plots& plots);
  [[nodiscard]] QString values_at(std::size_t i) const;
  ScaleSweep sweep_;
  std::optional<double> current_;
  QString empty_text_;
  double x_low_ = 0, x_high_ = 1; // range of the axis as last painted, for the tooltip
  std::array<Frame, 3> frames_;
};

} // namespace scalescope
