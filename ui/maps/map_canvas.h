#pragma once

#include "ui/workspace/colour_map.h"

#include <QWidget>

#include <vector>

namespace scalescope {

/// One map as large as possible, each value as a sharp square, with a colour bar at its right. The mouse shows values.
class MapCanvas : public QWidget {
  Q_OBJECT

 public:
  explicit MapCanvas(QWidget* parent = nullptr);
  /// @param map height x width; an empty one clears the canvas.
  void set_map(std::span<const float> map, int width, int height, const MapColours& colours);
  [[nodiscard]] QRect map_rect() const { return map_rect_; }
  [[nodiscard]] QRect bar_rect() const { return bar_rect_; }
  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;

 signals:
  void hovered(QPoint at, float value); ///< at = (column, row) in the map
  void left();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void lay_out();
  void tell_hover();
  std::vector<float> map_;
  int width_ = 0;
  int height_ = 0;
  MapColours colours_;
  QImage image_;
  std::vector<double> ticks_;
  QRect map_rect_;
  QRect bar_rect_;
  QPoint mouse_{-1, -1};
};

} // namespace scalescope
