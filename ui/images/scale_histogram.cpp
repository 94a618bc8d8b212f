#include "ui/images/scale_histogram.h"

#include "ui/widgets/theme.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace scalescope {
namespace {

constexpr int bin_count = 20;

/// 0.125 as "12.5".
QString in_per_cent(double share) { return QString::number(100 * share, 'g', 4); }

} // namespace

ScaleBins ScaleBins::of(std::span<const double> scales) {
  ScaleBins bins;
  bins.counts.assign(bin_count, 0);
  if (scales.empty())
    return bins;
  const double largest = std::ranges::max(scales);
  for (const double upper : {0.5, 0.2, 0.1, 0.05, 0.02, 0.01})
    if (largest <= upper)
      bins.upper = upper;
  for (const double scale : scales)
    ++bins.counts[static_cast<std::size_t>(bins.bin_of(scale))];
  return bins;
}

int ScaleBins::bin_of(double scale) const {
  return std::clamp(static_cast<int>(scale / upper * bin_count), 0, bin_count - 1);
}

double ScaleBins::edge(int bin) const { return upper * bin / bin_count; }

ScaleHistogram::ScaleHistogram(QWidget* parent) : QWidget(parent), bins_(ScaleBins::of({})) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setAccessibleName(tr("Histogram of object scales"));
  setMouseTracking(true);
}

void ScaleHistogram::set_scales(std::span<const double> scales, const QString& things) {
  bins_ = ScaleBins::of(scales);
  things_ = things;
  update();
}

void ScaleHistogram::set_current(std::optional<double> scale) {
  current_ = scale;
  update();
}

QSize ScaleHistogram::sizeHint() const { return {28 * fontMetrics().averageCharWidth(), 6 * fontMetrics().height()}; }

QSize ScaleHistogram::minimumSizeHint() const { return sizeHint(); }

QRectF ScaleHistogram::plot() const {
  const int line = fontMetrics().height() + 3;
  const int half_a_label = fontMetrics().horizontalAdvance(QStringLiteral("100 %")) / 2;
  return QRectF(rect()).adjusted(half_a_label, line, -half_a_label, -line);
}

QRectF ScaleHistogram::column(int bin) const {
  const QRectF area = plot();
  const double width = area.width() / bin_count;
  return {area.left() + bin * width, area.top(), width, area.height()};
}

std::optional<int> ScaleHistogram::bin_at(QPointF point) const {
  for (int bin = 0; bin < bin_count; ++bin)
    if (column(bin).contains(point))
      return bin;
  return std::nullopt;
}

QString ScaleHistogram::description(int bin) const {
  return tr("%1 to %2 %: %3 %4")
      .arg(in_per_cent(bins_.edge(bin)), in_per_cent(bins_.edge(bin + 1)))
      .arg(bins_.counts.at(static_cast<std::size_t>(bin)))
      .arg(things_);
}

bool ScaleHistogram::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip)
    return QWidget::event(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  if (const std::optional<int> bin = bin_at(help->pos()))
    QToolTip::showText(help->globalPos(), description(*bin), this, column(*bin).toAlignedRect());
  else
    QToolTip::hideText();
  return true;
}

void ScaleHistogram::mousePressEvent(QMouseEvent* event) {
  const std::optional<int> bin = bin_at(event->position());
  if (event->button() == Qt::LeftButton && bin && bins_.counts[static_cast<std::size_t>(*bin)] > 0)
    emit bin_clicked(*bin);
}

void ScaleHistogram::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  const QRectF area = plot();
  const int most = std::ranges::max(bins_.counts);

  painter.setPen(theme().dim);
  const QRectF title(area.left(), 0, area.width(), fontMetrics().height());
  const QString most_text = most > 0 ? tr("max %1").arg(most) : QString();
  painter.drawText(title, Qt::AlignLeft, tr("Object scale, %1").arg(things_));
  painter.drawText(title, Qt::AlignRight, most_text);
  painter.setPen(theme().line);
  painter.drawLine(area.bottomLeft(), area.bottomRight());

  const int current = current_ ? bins_.bin_of(*current_) : -1;
  for (int bin = 0; bin < bin_count; ++bin) {
    const int count = bins_.counts[static_cast<std::size_t>(bin)];
    if (count == 0)
      continue;
    const double height = std::max(1.0, area.height() * count / most);
    QColor colour = theme().accent;
    colour.setAlphaF(bin == current ? 1.0F : 0.5F);
    QRectF bar = column(bin).adjusted(0.5, 0, -0.5, 0);
    bar.setTop(area.bottom() - height);
    painter.fillRect(bar, colour);
  }
  if (current >= 0) {
    const QRectF mark(column(current).left(), area.bottom() + 1, column(current).width(), 2);
    painter.fillRect(mark, theme().accent);
  }

  painter.setPen(theme().dim);
  for (const double share : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    const double half = fontMetrics().horizontalAdvance(QStringLiteral("100.00 %")) / 2.0;
    const QRectF place(area.left() + share * area.width() - half, area.bottom() + 3, 2 * half, fontMetrics().height());
    painter.drawText(place, Qt::AlignHCenter, QStringLiteral("%1 %").arg(in_per_cent(share * bins_.upper)));
  }
}

} // namespace scalescope
