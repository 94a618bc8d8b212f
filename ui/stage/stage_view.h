#pragma once

#include "core/stage/composite.h"

#include <QImage>
#include <QWidget>

#include <memory>
#include <optional>

namespace scalescope {

/// The image with its object outlined. A corner or the wheel changes the object's scale; a drag inside moves it; on an
/// image without an object a drag draws its box. Signals report the changes, and the outline follows at once. The
/// pixels follow when the owner shows a new frame.
class StageView : public QWidget {
  Q_OBJECT

 public:
  explicit StageView(QWidget* parent = nullptr);

  /// Shows a new image. @param box of its object in pixels, if it has one.
  void set_image(std::shared_ptr<const Image> image, std::optional<BoundingBox> box);
  /// From now on the object can be dragged. @param apart in pixels of a working copy of the image.
  void set_apart(std::shared_ptr<const Segmentation> apart);
  void set_placement(const Placement& placement); ///< without a signal
  void set_camera(double factor);                 ///< sends no signal; in camera mode the wheel and corners zoom
  void set_camera_mode(bool on);
  void show_frame(std::shared_ptr<const Frame> frame);
  /// Lays an image over what the network sees of the image (Frame::seen); a null image takes it away.
  void set_overlay(const QImage& overlay, double opacity);
  /// Outlines a patch. @param patch in what the network sees, from 0 to 1 along its sides.
  void set_patch(const std::optional<QRectF>& patch);
  void show_original(bool on);              ///< the unchanged image
  void set_message(const QString& message); ///< instead of an image

  [[nodiscard]] QRectF image_area() const;                 ///< where the image is drawn, in widget pixels
  [[nodiscard]] QRectF seen_area() const;                  ///< what the network sees of it; may reach beyond it
  [[nodiscard]] std::optional<QRectF> object_area() const; ///< the object's box, in widget pixels
  [[nodiscard]] const Placement& placement() const { return placement_; }

  [[nodiscard]] QSize sizeHint() const override { return {640, 480}; }

 signals:
  void placement_wanted(scalescope::Placement placement, bool finished); ///< finished: the mouse button was released
  void camera_wanted(double factor, bool finished);
  void box_drawn(scalescope::BoundingBox box); ///< in pixels of the image
  /// The mouse is at this place of what the network sees, from 0 to 1 along its sides; nothing: it has left the image.
  /// Not while it drags.
  void pointed(std::optional<QPointF> place);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  enum class Drag { None, Move, Corner, Draw };
  [[nodiscard]] QSize shown_size() const; ///< the size in the present coordinates
  [[nodiscard]] BoundingBox seen() const; ///< what the network sees, in the same
  [[nodiscard]] QPointF to_image(const QPointF& widget) const;
  [[nodiscard]] QRectF to_widget(const BoundingBox& box) const;
  [[nodiscard]] std::optional<BoundingBox> object_box() const;
  [[nodiscard]] Drag drag_at(const QPointF& widget) const;
  void want_scale(double scale, bool finished);
  void want_placement(Placement placement, bool finished);
  void update_cursor(const QPointF& widget);
  void point_at(const QPointF& widget);
  void paint_object(QPainter& painter) const;
  void paint_patch(QPainter& painter) const;
  void paint_unseen(QPainter& painter) const; ///< darkens what the network does not see

  std::shared_ptr<const Image> image_;
  QImage original_;
  std::optional<BoundingBox> box_;
  std::shared_ptr<const Segmentation> apart_;
  Placement placement_;
  double camera_ = 1;
  bool camera_mode_ = false;
  std::shared_ptr<const Frame> frame_;
  QImage shown_;
  QImage overlay_;
  double opacity_ = 0;
  std::optional<QRectF> patch_; ///< from 0 to 1 along the sides of what the network sees
  bool original_shown_ = false;
  QString message_;

  Drag drag_ = Drag::None;
  QPointF grabbed_;          ///< widget pixels where the mouse was pressed
  Placement placement_then_; ///< when it was pressed
  double camera_then_ = 1;
  std::optional<QRectF> drawn_; ///< the box being drawn, in widget pixels
};

} // namespace scalescope
