#include "ui/images/thumbnail_delegate.h"

#include "ui/images/thumbnail_view.h"
#include "ui/widgets/theme.h"
#include "ui/workspace/sample_model.h"

#include <QPainter>

namespace scalescope {
namespace {

constexpr int margin = 4; // around the thumbnail, in logical pixels

void draw_box(QPainter& painter, const QRect& place, const QRectF& share) {
  const QRectF box(place.x() + share.x() * place.width(), place.y() + share.y() * place.height(),
                   share.width() * place.width(), share.height() * place.height());
  painter.setBrush(Qt::NoBrush);
  QColor halo = theme().panel; // keeps the outline visible on an image of the same colour
  halo.setAlphaF(0.7F);
  painter.setPen(QPen(halo, 3.5));
  painter.drawRect(box);
  painter.setPen(QPen(theme().peak, 1.5));
  painter.drawRect(box);
}

} // namespace

QSize tile_size(QSize thumbnail_bounds, const QFontMetrics& metrics) {
  return {thumbnail_bounds.width() + 2 * margin, thumbnail_bounds.height() + metrics.height() + 3 * margin};
}

QRect thumbnail_place(const QRect& tile, QSize image, QSize thumbnail_bounds) {
  const QRect room(tile.x() + (tile.width() - thumbnail_bounds.width()) / 2, tile.y() + margin,
                   thumbnail_bounds.width(), thumbnail_bounds.height());
  QRect place(QPoint(), image.scaled(room.size(), Qt::KeepAspectRatio).expandedTo({1, 1}));
  place.moveCenter(room.center());
  return place;
}

void ThumbnailDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const QSize bounds = static_cast<const ThumbnailView*>(option.widget)->thumbnail_bounds();
  const bool selected = (option.state & QStyle::State_Selected) != 0;
  const bool unreadable = index.data(SampleModel::FailureRole).isValid();
  const auto thumbnail = index.data(SampleModel::ThumbnailRole).value<QImage>();
  painter->save();
  painter->setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);

  const QSize tile = tile_size(bounds, option.fontMetrics);
  const QRect rect(option.rect.x() + (option.rect.width() - tile.width()) / 2, option.rect.y(), tile.width(),
                   tile.height());
  if (selected || (option.state & QStyle::State_MouseOver) != 0) {
    QColor colour = selected ? theme().accent : theme().text;
    colour.setAlphaF(selected ? 0.28F : 0.08F);
    painter->setBrush(colour);
    painter->setPen(selected ? QPen(theme().accent, 1.5) : QPen(Qt::NoPen));
    painter->drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -1), margin, margin);
  }

  const QRect place = thumbnail_place(rect, thumbnail.isNull() ? bounds : thumbnail.size(), bounds);
  if (thumbnail.isNull()) {
    painter->setPen(QPen(theme().line, 1, unreadable ? Qt::DashLine : Qt::SolidLine));
    painter->setBrush(theme().field);
    painter->drawRect(QRectF(place).adjusted(0.5, 0.5, -0.5, -0.5));
    if (unreadable) {
      painter->setPen(theme().error);
      painter->drawText(place, Qt::AlignCenter | Qt::TextWordWrap, tr("can't be read"));
    }
  } else {
    painter->drawImage(place, thumbnail);
    if (const QVariant box = index.data(SampleModel::BoxRole); box.isValid()) {
      painter->setClipRect(place);
      draw_box(*painter, place, box.toRectF());
      painter->setClipping(false);
    }
  }

  painter->setPen(selected ? theme().text : theme().dim);
  painter->drawText(QRect(rect.x(), rect.bottom() - margin - option.fontMetrics.height() + 1, rect.width(),
                          option.fontMetrics.height()),
                    Qt::AlignCenter, index.data(Qt::DisplayRole).toString());
  painter->restore();
}

QSize ThumbnailDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& /*index*/) const {
  return static_cast<const ThumbnailView*>(option.widget)->gridSize();
}

} // namespace scalescope
