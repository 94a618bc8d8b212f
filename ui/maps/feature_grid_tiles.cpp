// How the tiles of FeatureGrid are coloured and painted.
#include "ui/maps/feature_grid.h"

#include "ui/widgets/numbers.h"
#include "ui/widgets/theme.h"

#include <QPaintEvent>
#include <QPainter>
#include <QScrollBar>

namespace scalescope {
namespace {

QFont label_font(QFont font) {
  font.setPointSizeF(0.8 * font.pointSizeF());
  return font;
}

} // namespace

void FeatureGrid::paintEvent(QPaintEvent* event) {
  QPainter painter(viewport());
  if (maps_.empty()) {
    const int space = 2 * fontMetrics().height();
    painter.setPen(theme().dim);
    painter.drawText(viewport()->rect().adjusted(space, 0, -space, 0), Qt::AlignCenter | Qt::TextWordWrap, empty_text_);
    return;
  }
  const QRect dirty = event->rect().translated(0, offset());
  const int first = std::max(0, dirty.top() / layout_.pitch() - 1) * layout_.columns;
  const int end = std::min(layout_.count, (dirty.bottom() / layout_.pitch() + 1) * layout_.columns);
  for (int position = first; position < end; ++position) {
    const int channel = order_[position];
    const QRect rect = tile_rect(channel);
    if (rect.intersects(event->rect()))
      painter.drawPixmap(rect.topLeft(), tile(channel));
    if (channel == chosen_) {
      constexpr int thick = TileLayout::gap - 1;
      for (const QRect& side : QRegion(rect.adjusted(-thick, -thick, thick, thick)) - rect)
        painter.fillRect(side, theme().peak);
      painter.setPen(Qt::white);
      if (hasFocus()) // and keys walk from here
        painter.drawRect(rect.adjusted(0, 0, -1, -1));
    }
  }
}

QPixmap FeatureGrid::tile(int channel) {
  if (const auto* known = tiles_.object(channel); known && known->devicePixelRatio() == devicePixelRatioF())
    return *known;
  ++tiles_coloured_;
  QPixmap made = coloured_tile(channel);
  tiles_.insert(channel, new QPixmap(made)); // which the cache may let go of
  return made;
}

QPixmap FeatureGrid::coloured_tile(int channel) const {
  const auto map = maps_.map(channel);
  const QImage image = colour(map, maps_.width, maps_.height, colours_.of(map));
  const double ratio = devicePixelRatioF();
  const QSize room = QSize(layout_.tile, layout_.tile) * ratio;
  const QSize size = image.size().scaled(room, Qt::KeepAspectRatio).expandedTo({1, 1});
  const bool shrinks = size.width() < image.width();
  QPixmap pixmap(room);
  pixmap.fill(theme().field);
  QPainter painter(&pixmap);
  painter.drawImage(
      (room.width() - size.width()) / 2, (room.height() - size.height()) / 2,
      image.scaled(size, Qt::IgnoreAspectRatio, shrinks ? Qt::SmoothTransformation : Qt::FastTransformation));
  painter.end();
  pixmap.setDevicePixelRatio(ratio);
  painter.begin(&pixmap);
  label_tile(painter, channel);
  return pixmap;
}

// The index at the bottom left and, where there is room, the number that the tiles are sorted by at the bottom right.
void FeatureGrid::label_tile(QPainter& painter, int channel) const {
  const QFont small = label_font(font());
  const QFontMetrics metrics(small);
  painter.setFont(small);
  const int space = metrics.height() / 5;
  int room = layout_.tile;
  const auto label = [&](const QString& text, bool right) {
    const int width = metrics.horizontalAdvance(text) + 2 * space;
    if (width > room || 2 * metrics.height() > layout_.tile)
      return;
    room -= width + space;
    const QRect box(right ? layout_.tile - width : 0, layout_.tile - metrics.height(), width, metrics.height());
    painter.fillRect(box, QColor(0, 0, 0, 150));
    painter.setPen(Qt::white);
    painter.drawText(box, Qt::AlignCenter, text);
  };
  label(QString::number(channel), false);
  if (order() != ChannelOrder::Index)
    label(number_text(order_value(maps_, channel, order()), 2), true);
}

} // namespace scalescope
