#include "ui/maps/map_tiles.h"

#include "ui/widgets/numbers.h"
#include "ui/widgets/theme.h"

#include <QPainter>

namespace scalescope {
namespace {

QFont label_font(QFont font) {
  font.setPointSizeF(0.8 * font.pointSizeF());
  return font;
}

// The index at the bottom left and, if there is room, the sort key at the bottom right.
void label_tile(QPainter& painter, const FeatureMaps& maps, int channel, const MapTiles::Look& look) {
  const QFont small = label_font(look.font);
  const QFontMetrics metrics(small);
  painter.setFont(small);
  const int space = metrics.height() / 5;
  int room = look.edge;
  const auto label = [&](const QString& text, bool right) {
    const int width = metrics.horizontalAdvance(text) + 2 * space;
    if (width > room || 2 * metrics.height() > look.edge)
      return;
    room -= width + space;
    const QRect box(right ? look.edge - width : 0, look.edge - metrics.height(), width, metrics.height());
    painter.fillRect(box, QColor(0, 0, 0, 150));
    painter.setPen(Qt::white);
    painter.drawText(box, Qt::AlignCenter, text);
  };
  label(QString::number(channel), false);
  if (look.order != ChannelOrder::Index)
    label(number_text(order_value(maps, channel, look.order), 2), true);
}

QPixmap coloured_tile(const FeatureMaps& maps, int channel, const MapColours& colours, const MapTiles::Look& look) {
  const QImage image = colour(maps.map(channel), maps.width, maps.height, colours);
  const QSize room = QSize(look.edge, look.edge) * look.ratio;
  const QSize size = image.size().scaled(room, Qt::KeepAspectRatio).expandedTo({1, 1});
  const bool shrinks = size.width() < image.width();
  QPixmap pixmap(room);
  pixmap.fill(theme().field);
  QPainter painter(&pixmap);
  painter.drawImage(
      (room.width() - size.width()) / 2, (room.height() - size.height()) / 2,
      image.scaled(size, Qt::IgnoreAspectRatio, shrinks ? Qt::SmoothTransformation : Qt::FastTransformation));
  painter.end();
  pixmap.setDevicePixelRatio(look.ratio);
  painter.begin(&pixmap);
  label_tile(painter, maps, channel, look);
  return pixmap;
}

} // namespace

QPixmap MapTiles::tile(const FeatureMaps& maps, int channel, const MapColours& colours, const Look& look) {
  if (const auto* known = tiles_.object(channel); known && known->devicePixelRatio() == look.ratio)
    return *known;
  ++coloured_;
  QPixmap made = coloured_tile(maps, channel, colours, look);
  tiles_.insert(channel, new QPixmap(made)); // the cache may delete it
  return made;
}

} // namespace scalescope
