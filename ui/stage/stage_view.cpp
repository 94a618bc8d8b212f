#include "ui/stage/stage_view.h"

#include "core/image/resizing.h"
#include "ui/widgets/theme.h"
#include "ui/workers/to_qimage.h"

#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <array>
#include <cmath>

namespace scalescope {
namespace {

constexpr double handle = 5;        // half the side of a corner's square
constexpr double reach = 10;        // the distance at which the mouse grabs a corner
constexpr double wheel_step = 1.05; // a notch of the wheel
constexpr double smallest_scale = 0.05;
constexpr double largest_scale = 8;
constexpr double least_box = 6; // widget pixels; a smaller drag was a click

std::array<QPointF, 4> corners(const QRectF& area) {
  return {area.topLeft(), area.topRight(), area.bottomRight(), area.bottomLeft()};
}

double distance(const QPointF& a, const QPointF& b) { return std::hypot(a.x() - b.x(), a.y() - b.y()); }

} // namespace

StageView::StageView(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setMinimumSize(160, 120);
  setAccessibleName(tr("Stage"));
  setAccessibleDescription(tr("The image with its object. Plus and minus change the object's scale, the arrow keys "
                              "move it."));
}

void StageView::set_image(std::shared_ptr<const Image> image, std::optional<BoundingBox> box) {
  image_ = std::move(image);
  original_ = image_ ? to_qimage(*image_) : QImage();
  shown_ = original_;
  box_ = box;
  apart_.reset();
  frame_.reset();
  overlay_ = {};
  camera_ = 1;
  drag_ = Drag::None;
  drawn_.reset();
  message_.clear();
  update();
}

void StageView::set_apart(std::shared_ptr<const Segmentation> apart) {
  apart_ = std::move(apart);
  if (apart_)
    placement_ = home(*apart_);
  update();
}

void StageView::set_placement(const Placement& placement) {
  placement_ = placement;
  update();
}

void StageView::set_camera(double factor) {
  camera_ = factor;
  update();
}

void StageView::set_camera_mode(bool on) {
  camera_mode_ = on;
  update();
}

void StageView::show_frame(std::shared_ptr<const Frame> frame) {
  frame_ = std::move(frame);
  shown_ = to_qimage(frame_->image);
  update();
}

void StageView::set_overlay(const QImage& overlay, double opacity) {
  overlay_ = overlay;
  opacity_ = opacity;
  update();
}

void StageView::set_patch(const std::optional<QRectF>& patch) {
  patch_ = patch;
  update();
}

void StageView::show_original(bool on) {
  original_shown_ = on;
  update();
}

void StageView::set_message(const QString& message) {
  message_ = message;
  update();
}

QSize StageView::shown_size() const {
  return apart_ ? QSize(apart_->original.width, apart_->original.height) : original_.size();
}

BoundingBox StageView::seen() const {
  const QSize size = shown_size();
  if (!frame_ || frame_->seen.width <= 0)
    return {0, 0, static_cast<double>(size.width()), static_cast<double>(size.height())};
  const double x = static_cast<double>(size.width()) / frame_->image.width;
  const double y = static_cast<double>(size.height()) / frame_->image.height;
  const BoundingBox& part = frame_->seen;
  return {part.x * x, part.y * y, part.width * x, part.height * y};
}

QRectF StageView::seen_area() const { return original_.isNull() ? QRectF() : to_widget(seen()); }

QRectF StageView::image_area() const {
  if (original_.isNull())
    return {};
  const QSizeF size =
      QSizeF(original_.size()).scaled(QSizeF(this->size()) - QSizeF(2 * reach, 2 * reach), Qt::KeepAspectRatio);
  return {{(width() - size.width()) / 2, (height() - size.height()) / 2}, size};
}

QPointF StageView::to_image(const QPointF& widget) const {
  const QRectF area = image_area();
  return {(widget.x() - area.x()) * shown_size().width() / area.width(),
          (widget.y() - area.y()) * shown_size().height() / area.height()};
}

QRectF StageView::to_widget(const BoundingBox& box) const {
  const QRectF area = image_area();
  const double x = area.width() / shown_size().width();
  const double y = area.height() / shown_size().height();
  return {area.x() + box.x * x, area.y() + box.y * y, box.width * x, box.height * y};
}

// The box that the person wants; the frame on display may still show an older one.
std::optional<BoundingBox> StageView::object_box() const {
  if (!apart_)
    return box_;
  if (camera_mode_)
    return frame_ && camera_ != 1 ? frame_->box : apart_->box;
  const double width = apart_->box.width * placement_.scale;
  const double height = apart_->box.height * placement_.scale;
  return BoundingBox{placement_.centre_x - width / 2, placement_.centre_y - height / 2, width, height};
}

std::optional<QRectF> StageView::object_area() const {
  const auto box = object_box();
  if (!box || original_.isNull())
    return std::nullopt;
  return to_widget(*box);
}

StageView::Drag StageView::drag_at(const QPointF& widget) const {
  if (original_.isNull())
    return Drag::None;
  const auto area = object_area();
  if (!area)
    return image_area().contains(widget) ? Drag::Draw : Drag::None;
  if (!apart_)
    return Drag::None; // still being segmented
  for (const QPointF& corner : corners(*area))
    if (distance(corner, widget) <= reach)
      return Drag::Corner;
  return area->contains(widget) && !camera_mode_ ? Drag::Move : Drag::None;
}

void StageView::update_cursor(const QPointF& widget) {
  switch (drag_ == Drag::None ? drag_at(widget) : drag_) {
  case Drag::Move:
    setCursor(Qt::SizeAllCursor);
    break;
  case Drag::Draw:
    setCursor(Qt::CrossCursor);
    break;
  case Drag::Corner: {
    const QPointF from_centre = widget - object_area().value_or(QRectF()).center();
    setCursor(from_centre.x() * from_centre.y() > 0 ? Qt::SizeFDiagCursor : Qt::SizeBDiagCursor);
    break;
  }
  case Drag::None:
    unsetCursor();
    break;
  }
}

void StageView::want_placement(Placement placement, bool finished) {
  placement_ = placement;
  update();
  emit placement_wanted(placement_, finished);
}

void StageView::want_scale(double scale, bool finished) {
  const double within = std::clamp(scale, smallest_scale, largest_scale);
  if (camera_mode_) {
    camera_ = within;
    update();
    emit camera_wanted(camera_, finished);
    return;
  }
  Placement placement = placement_;
  placement.scale = within;
  want_placement(placement, finished);
}

void StageView::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton)
    return;
  drag_ = drag_at(event->position());
  grabbed_ = event->position();
  placement_then_ = placement_;
  camera_then_ = camera_;
  if (drag_ == Drag::Draw)
    drawn_ = QRectF(grabbed_, grabbed_);
  update_cursor(grabbed_);
}

void StageView::mouseMoveEvent(QMouseEvent* event) {
  const QPointF at = event->position();
  update_cursor(at);
  switch (drag_) {
  case Drag::Move: {
    const QPointF by = to_image(at) - to_image(grabbed_);
    Placement placement = placement_then_;
    placement.centre_x += by.x();
    placement.centre_y += by.y();
    want_placement(placement, false);
    break;
  }
  case Drag::Corner: {
    // The object's centre stays in place; the distance of the mouse from it sets the object's size.
    const QPointF centre = object_area()->center();
    const double then = std::max(1.0, distance(grabbed_, centre));
    want_scale((camera_mode_ ? camera_then_ : placement_then_.scale) * distance(at, centre) / then, false);
    break;
  }
  case Drag::Draw:
    drawn_ = QRectF(grabbed_, at).normalized().intersected(image_area());
    update();
    break;
  case Drag::None:
    point_at(at);
    break;
  }
}

void StageView::point_at(const QPointF& widget) {
  const QRectF area = seen_area();
  if (original_.isNull() || !image_area().contains(widget) || !area.contains(widget))
    emit pointed(std::nullopt);
  else
    emit pointed(QPointF((widget.x() - area.x()) / area.width(), (widget.y() - area.y()) / area.height()));
}

void StageView::leaveEvent(QEvent* event) {
  QWidget::leaveEvent(event);
  if (drag_ == Drag::None)
    emit pointed(std::nullopt);
}

void StageView::mouseReleaseEvent(QMouseEvent* event) {
  const Drag ended = std::exchange(drag_, Drag::None);
  if (ended == Drag::Move || (ended == Drag::Corner && !camera_mode_))
    emit placement_wanted(placement_, true);
  else if (ended == Drag::Corner)
    emit camera_wanted(camera_, true);
  else if (ended == Drag::Draw && drawn_ && drawn_->width() >= least_box && drawn_->height() >= least_box) {
    const QPointF first = to_image(drawn_->topLeft());
    const QPointF last = to_image(drawn_->bottomRight());
    box_ = BoundingBox{first.x(), first.y(), last.x() - first.x(), last.y() - first.y()};
    emit box_drawn(*box_);
  }
  drawn_.reset();
  update_cursor(event->position());
  point_at(event->position());
  update();
}

void StageView::wheelEvent(QWheelEvent* event) {
  const auto area = object_area();
  if (!apart_ || !area ||
      (!camera_mode_ && !area->adjusted(-reach, -reach, reach, reach).contains(event->position()))) {
    event->ignore();
    return;
  }
  const double notches = event->angleDelta().y() / 120.0;
  want_scale((camera_mode_ ? camera_ : placement_.scale) * std::pow(wheel_step, notches), true);
  event->accept();
}

void StageView::keyPressEvent(QKeyEvent* event) {
  const double step = event->modifiers().testFlag(Qt::ShiftModifier) ? 10 : 1;
  Placement placement = placement_;
  switch (apart_ ? event->key() : 0) {
  case Qt::Key_Plus:
  case Qt::Key_Equal:
    want_scale((camera_mode_ ? camera_ : placement_.scale) * wheel_step, true);
    return;
  case Qt::Key_Minus:
    want_scale((camera_mode_ ? camera_ : placement_.scale) / wheel_step, true);
    return;
  case Qt::Key_Left:
    placement.centre_x -= step;
    break;
  case Qt::Key_Right:
    placement.centre_x += step;
    break;
  case Qt::Key_Up:
    placement.centre_y -= step;
    break;
  case Qt::Key_Down:
    placement.centre_y += step;
    break;
  default:
    QWidget::keyPressEvent(event);
    return;
  }
  if (!camera_mode_)
    want_placement(placement, true);
}

void StageView::paint_object(QPainter& painter) const {
  const auto area = drawn_ ? drawn_ : object_area();
  if (!area || original_shown_)
    return;
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setClipRect(rect());
  // Dark below the colour, so that it is visible on every image.
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(QColor(0, 0, 0, 140), 3.5));
  painter.drawRect(*area);
  painter.setPen(QPen(theme().peak, 1.75, apart_ || drawn_ ? Qt::SolidLine : Qt::DashLine));
  painter.drawRect(*area);
  if (apart_)
    for (const QPointF& corner : corners(*area)) {
      painter.setPen(QPen(theme().peak, 1.5));
      painter.setBrush(Qt::white);
      painter.drawRect(QRectF(corner.x() - handle, corner.y() - handle, 2 * handle, 2 * handle));
    }
  const auto box = object_box();
  if (!box || drawn_)
    return;
  const BoundingBox part = seen();
  const QSize size = shown_size();
  const bool whole = part.x == 0 && part.y == 0 && part.width == size.width() && part.height == size.height();
  const double share = 100 * seen_scale(*box, part, size.width(), size.height());
  const QString text =
      (whole ? tr("%1 % of image") : tr("%1 % of what the network sees")).arg(QLocale().toString(share, 'f', 1));
  const QFontMetrics metrics(font());
  QRectF label(0, 0, metrics.horizontalAdvance(text) + 12, metrics.height() + 4);
  label.moveBottomLeft(area->topLeft() - QPointF(1, handle + 2));
  const QRectF image = image_area();
  label.moveLeft(std::clamp(label.left(), image.left(), std::max(image.left(), image.right() - label.width())));
  label.moveTop(std::clamp(label.top(), image.top(), std::max(image.top(), image.bottom() - label.height())));
  painter.setPen(Qt::NoPen);
  painter.setBrush(theme().peak);
  painter.drawRoundedRect(label, 3, 3);
  painter.setPen(theme().dark ? QColor("#1e1f22") : QColor("#ffffff"));
  painter.drawText(label, Qt::AlignCenter, text);
}

void StageView::paint_patch(QPainter& painter) const {
  if (!patch_ || original_shown_)
    return;
  const QRectF area = seen_area();
  const QRectF patch(area.x() + patch_->x() * area.width(), area.y() + patch_->y() * area.height(),
                     patch_->width() * area.width(), patch_->height() * area.height());
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(QColor(0, 0, 0, 140), 3.5));
  painter.drawRect(patch);
  painter.setPen(QPen(Qt::white, 1.75));
  painter.drawRect(patch);
}

void StageView::paint_unseen(QPainter& painter) const {
  const QRectF part = seen_area().intersected(image_area());
  QPainterPath unseen;
  unseen.addRect(image_area());
  QPainterPath shown;
  shown.addRect(part);
  if (const QPainterPath rest = unseen.subtracted(shown); !rest.isEmpty()) {
    painter.fillPath(rest, QColor(0, 0, 0, 150));
    painter.setPen(QPen(QColor(255, 255, 255, 160), 1, Qt::DotLine));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(part);
  }
}

void StageView::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  painter.fillRect(rect(), theme().window);
  if (original_.isNull()) {
    painter.setPen(theme().dim);
    painter.drawText(rect().adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap,
                     message_.isEmpty() ? tr("Drop images or a folder here, or open them with Ctrl+I.") : message_);
    return;
  }
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  const QRectF area = image_area();
  painter.drawImage(area, original_shown_ ? original_ : shown_);
  if (!overlay_.isNull() && !original_shown_) {
    painter.setClipRect(area);
    painter.setOpacity(opacity_);
    painter.drawImage(seen_area(), overlay_);
    painter.setOpacity(1);
    painter.setClipping(false);
  }
  if (!original_shown_)
    paint_unseen(painter);
  paint_patch(painter);
  paint_object(painter);
}

} // namespace scalescope
