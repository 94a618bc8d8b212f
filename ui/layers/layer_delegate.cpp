#include "ui/layers/layer_delegate.h"

#include "ui/layers/layer_model.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QPainter>

#include <algorithm>

namespace scalescope {
namespace {

int figure_width(const QFontMetrics& metrics) {
  int widest = 0;
  for (char figure = '0'; figure <= '9'; ++figure)
    widest = std::max(widest, metrics.horizontalAdvance(QLatin1Char(figure)));
  return widest;
}

int advance(const QFontMetrics& metrics, QChar character, int figure) {
  return character.isDigit() ? figure : metrics.horizontalAdvance(character);
}

/// Right-aligned; digits are aligned in columns even if the font's digits have different widths.
void draw_figures(QPainter* painter, const QRect& box, const QString& text, const QFontMetrics& metrics) {
  const int figure = figure_width(metrics);
  int x = box.right() + 1 - LayerDelegate::figures_width(metrics, text);
  for (const QChar character : text) {
    const int width = advance(metrics, character, figure);
    painter->drawText(QRect(x, box.top(), width, box.height()), Qt::AlignCenter | Qt::TextDontClip, character);
    x += width;
  }
}

} // namespace

int LayerDelegate::figures_width(const QFontMetrics& metrics, const QString& text) {
  const int figure = figure_width(metrics);
  int width = 0;
  for (const QChar character : text)
    width += advance(metrics, character, figure);
  return width;
}

int LayerDelegate::r2_width(const QFontMetrics& metrics) {
  return metrics.height() * 5 / 2 + figures_width(metrics, QStringLiteral("−0.00")) + metrics.height() * 3 / 2;
}

QSize LayerDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
  return {QStyledItemDelegate::sizeHint(option, index).width(), option.fontMetrics.height() * 3 / 2};
}

void LayerDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  if (index.column() == LayerModel::Name || index.column() == LayerModel::Type) {
    QStyledItemDelegate::paint(painter, option, index);
    return;
  }
  QStyleOptionViewItem cell = option;
  initStyleOption(&cell, index);
  const QString text = cell.text;
  cell.text.clear();
  const QWidget* view = option.widget;
  (view != nullptr ? view->style() : QApplication::style())->drawControl(QStyle::CE_ItemViewItem, &cell, painter, view);

  const bool enabled = cell.state.testFlag(QStyle::State_Enabled);
  const auto group = enabled ? QPalette::Active : QPalette::Disabled;
  const Theme& now = theme();
  const int pad = cell.fontMetrics.height() / 3;
  QRect box = cell.rect.adjusted(pad, 0, -pad, 0);
  const QColor colour = cell.palette.color(group, QPalette::Text);
  painter->save();
  painter->setFont(cell.font);
  if (index.column() != LayerModel::R2) {
    const bool selected = cell.state.testFlag(QStyle::State_Selected);
    painter->setPen(enabled && !selected ? now.dim : colour);
    const bool narrow = figures_width(cell.fontMetrics, text) > box.width();
    draw_figures(painter, box, narrow ? cell.fontMetrics.elidedText(text, Qt::ElideRight, box.width()) : text,
                 cell.fontMetrics);
    painter->restore();
    return;
  }

  const QVariant mean = index.data(LayerModel::MeanRole);
  if (mean.isValid()) {
    const bool peak = index.data(LayerModel::PeakRole).toBool();
    const QColor hue = peak ? now.peak : now.accent;
    const int number = figures_width(cell.fontMetrics, QStringLiteral("−0.00"));
    const double height = cell.fontMetrics.height() * 0.4;
    const QRectF track(box.left(), box.center().y() - height / 2 + 0.5,
                       std::max(0, box.width() - number - cell.fontMetrics.height() / 3), height);
    QRectF bar = track;
    bar.setWidth(track.width() * std::clamp(mean.toDouble(), 0.0, 1.0));
    if (track.width() >= 3 * height) { // a shorter bar would not be readable; then only the number is shown
      painter->setRenderHint(QPainter::Antialiasing);
      painter->setPen(Qt::NoPen);
      painter->setBrush(now.line);
      painter->drawRoundedRect(track, height / 2, height / 2);
      painter->setBrush(hue);
      painter->setClipRect(bar); // so that a short bar keeps the round end of the track
      painter->drawRoundedRect(track, height / 2, height / 2);
      painter->setClipping(false);
    }
    QFont font = cell.font;
    font.setBold(peak);
    painter->setFont(font);
    painter->setPen(peak ? now.peak : colour);
    draw_figures(painter, box, text, QFontMetrics(font));
  }
  painter->restore();
}

} // namespace scalescope
