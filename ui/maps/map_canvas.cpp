#include "ui/maps/map_canvas.h"

#include "ui/widgets/numbers.h"
#include "ui/widgets/theme.h"

#include <QMouseEvent>
#include <QPainter>

#include <cmath>

namespace scalescope {

MapCanvas::MapCanvas(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  setAccessibleName(tr("Enlarged channel"));
}

void MapCanvas::set_map(std::span<const float> map, int width, int height, const MapColours& colours) {
  map_.assign(map.begin(), map.end());
  width_ = map_.empty() ? 0 : width;
  height_ = map_.empty() ? 0 : height;
  colours_ = colours;
  image_ = map_.empty() ? QImage() : colour(map_, width, height, colours);
  lay_out();
  tell_hover(); // the value under a resting mouse changes, too
  update();
}

void MapCanvas::lay_out() {
  map_rect_ = bar_rect_ = {};
  if (map_.empty())
    return;
  const QFontMetrics metrics(font());
  const int space = metrics.height() / 2, bar = metrics.height();
  const int half = metrics.height() / 2 + 1; // labels at the ends of the bar extend it by half a line
  // As many ticks as fit, with two lines for each, in the largest height of the map.
  ticks_ = nice_ticks(colours_.low, colours_.high, std::clamp(height() / (2 * metrics.height()), 2, 7));
  int text = 0;
  for (const double tick : ticks_)
    text = std::max(text, metrics.horizontalAdvance(tick_text(tick, ticks_)));
  const int beside = bar + 2 * space + text;
  const QSize room(std::max(1, width() - beside), std::max(1, height() - 2 * half));
  const QSize size = QSize(width_, height_).scaled(room, Qt::KeepAspectRatio).expandedTo({1, 1});
  map_rect_ = QRect(QPoint((room.width() - size.width()) / 2, half + (room.height() - size.height()) / 2), size);
  bar_rect_ = QRect(map_rect_.right() + 1 + space, map_rect_.top(), bar, map_rect_.height());
}

void MapCanvas::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  if (map_.empty()) {
    painter.setPen(theme().dim);
    painter.drawText(rect(), Qt::AlignCenter | Qt::TextWordWrap, tr("Click a feature map to enlarge it."));
    return;
  }
  painter.setRenderHint(QPainter::SmoothPixmapTransform, map_rect_.width() * devicePixelRatioF() < width_);
  painter.drawImage(map_rect_, image_);
  const auto& table = colour_table(colours_.map);
  QImage bar(1, static_cast<int>(table.size()), QImage::Format_RGB32);
  for (int i = 0; i < bar.height(); ++i)
    bar.setPixel(0, bar.height() - 1 - i, table[i]);
  painter.drawImage(bar_rect_, bar);
  painter.setPen(theme().dim);
  const QFontMetrics metrics(font());
  for (const double tick : ticks_) {
    const double part = (tick - colours_.low) / (colours_.high - static_cast<double>(colours_.low));
    const int y = bar_rect_.bottom() - static_cast<int>(std::lround(part * (bar_rect_.height() - 1)));
    const int x = bar_rect_.right() + 1;
    painter.drawLine(x, y, x + metrics.height() / 4, y);
    painter.drawText(QRect(x + metrics.height() / 2, y - metrics.height() / 2, width() - x, metrics.height()),
                     Qt::AlignLeft | Qt::AlignVCenter, tick_text(tick, ticks_));
  }
}

void MapCanvas::tell_hover() {
  if (!map_rect_.contains(mouse_)) {
    emit left();
    return;
  }
  const QPoint in = mouse_ - map_rect_.topLeft();
  const QPoint at(in.x() * width_ / map_rect_.width(), in.y() * height_ / map_rect_.height());
  emit hovered(at, map_[static_cast<std::size_t>(at.y()) * width_ + at.x()]);
}

void MapCanvas::mouseMoveEvent(QMouseEvent* event) {
  mouse_ = event->pos();
  tell_hover();
}

void MapCanvas::leaveEvent(QEvent*) {
  mouse_ = {-1, -1};
  tell_hover();
}

void MapCanvas::resizeEvent(QResizeEvent*) { lay_out(); }

void MapCanvas::changeEvent(QEvent* event) {
  if (event->type() == QEvent::FontChange)
    lay_out();
  QWidget::changeEvent(event);
}

QSize MapCanvas::sizeHint() const {
  const int line = fontMetrics().height();
  return {20 * line, 16 * line};
}

QSize MapCanvas::minimumSizeHint() const { return sizeHint() / 2; }

} // namespace scalescope
