#pragma once

#include <QStyledItemDelegate>

namespace scalescope {

/// Draws the cells of a layer: numbers aligned in columns, and R2 as a bar with its number.
class LayerDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

  /// The width of a text in which all digits are as wide as the widest one.
  [[nodiscard]] static int figures_width(const QFontMetrics& metrics, const QString& text);
  /// The preferred width of the R2 column.
  [[nodiscard]] static int r2_width(const QFontMetrics& metrics);
};

} // namespace scalescope
