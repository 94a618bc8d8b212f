#pragma once

#include <QStyledItemDelegate>

namespace scalescope {

/// Draws a layer's cells: figures in columns under one another, and R2 as a bar with its number.
class LayerDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

  /// The width of a text whose figures are all as wide as the widest.
  [[nodiscard]] static int figures_width(const QFontMetrics& metrics, const QString& text);
  /// The width that R2's column wants.
  [[nodiscard]] static int r2_width(const QFontMetrics& metrics);
};

} // namespace scalescope
