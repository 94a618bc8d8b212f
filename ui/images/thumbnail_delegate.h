#pragma once

#include <QFontMetrics>
#include <QRect>
#include <QSize>
#include <QStyledItemDelegate>

namespace scalescope {

/// A tile of a ThumbnailView: the thumbnail and, under it, a line of text.
[[nodiscard]] QSize tile_size(QSize thumbnail_bounds, const QFontMetrics& metrics);
/// The place in a tile of the thumbnail of an image of that size.
[[nodiscard]] QRect thumbnail_place(const QRect& tile, QSize image, QSize thumbnail_bounds);

/// Draws a row of a SampleModel: the thumbnail with the object's box, and the scale under it.
class ThumbnailDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

} // namespace scalescope
