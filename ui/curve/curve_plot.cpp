#include "ui/curve/curve_plot.h"

#include "core/report/curve_layout.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QScopedValueRollback>

#include <algorithm>
#include <cmath>

namespace scalescope {
namespace {

constexpr double fewest_layers = 1.5; // on the screen
constexpr double least_values = 0.01;
constexpr double sloped = 0.7071; // labels at 45 degrees

} // namespace

CurvePlot::CurvePlot(QWidget* parent)
    : QCustomPlot(parent), graphs_(*this), behind_cut_(new QCPItemRect(this)), cut_line_(new QCPItemLine(this)),
      marks_(new CurveMarks(this)), layer_ticker_(new QCPAxisTickerText), value_ticker_(new ValueTicker) {
  setLocale(QLocale::c());
  setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
  setFocusPolicy(Qt::NoFocus);
  setMouseTracking(true);
  axisRect()->setAutoMargins(QCP::msNone); // margins must be known before a replot, so that labels fit at once
  xAxis->setTicker(layer_ticker_);
  xAxis->setSubTicks(false);
  xAxis->grid()->setVisible(false);
  yAxis->setTicker(value_ticker_);
  yAxis->setSubTicks(false);
  // Zoom and drag stop at the ends of the curve.
  connect(xAxis, qOverload<const QCPRange&, const QCPRange&>(&QCPAxis::rangeChanged), this,
          [this](const QCPRange& now, const QCPRange& before) {
            if (arranging_)
              return;
            const QCPRange kept = now.size() < std::min(fewest_layers, all_layers_.size()) ? before : now;
            const QCPRange bounded = kept.bounded(all_layers_.lower, all_layers_.upper);
            layers_zoomed_ = bounded != all_layers_;
            if (bounded != now)
              xAxis->setRange(bounded);
          });
  connect(yAxis, qOverload<const QCPRange&, const QCPRange&>(&QCPAxis::rangeChanged), this,
          [this](const QCPRange& now, const QCPRange& before) {
            if (arranging_)
              return;
            const QCPRange kept = now.size() < least_values ? before : now;
            const QCPRange bounded = kept.bounded(std::min(lowest_, all_values_.lower), all_values_.upper);
            values_zoomed_ = bounded != all_values_;
            if (bounded != now)
              yAxis->setRange(bounded);
          });
  behind_cut_->topLeft->setTypeY(QCPItemPosition::ptAxisRectRatio);
  behind_cut_->bottomRight->setType(QCPItemPosition::ptAxisRectRatio);
  behind_cut_->bottomRight->setCoords(1, 1);
  cut_line_->start->setTypeY(QCPItemPosition::ptAxisRectRatio);
  cut_line_->end->setTypeY(QCPItemPosition::ptAxisRectRatio);
  for (QCPAbstractItem* item : {static_cast<QCPAbstractItem*>(behind_cut_), static_cast<QCPAbstractItem*>(cut_line_)}) {
    item->setLayer(QStringLiteral("overlay"));
    item->setVisible(false);
  }
  connect(this, &QCustomPlot::beforeReplot, this, &CurvePlot::arrange);
  restyle();
}

void CurvePlot::set_data(const CurveData& curve) {
  const bool other_layers = curve.figure.layers != data_.figure.layers;
  data_ = curve;
  if (other_layers) {
    names_ = short_layer_names(curve.figure.layers);
    layers_zoomed_ = values_zoomed_ = false;
    current_ = -1;
  }
  graphs_.make(curve.figure.series);
  replot(rpQueuedReplot);
}

void CurvePlot::set_scale(CurveScale scale) {
  scale_ = scale;
  values_zoomed_ = false;
  yAxis->setLabel(scale == CurveScale::R2 ? QStringLiteral("R²") : QStringLiteral("e^R² / e"));
  replot(rpQueuedReplot);
}

void CurvePlot::set_current(int layer) {
  current_ = layer;
  replot(rpQueuedReplot);
}

void CurvePlot::set_cut(int layer) {
  behind_cut_->setVisible(layer >= 0);
  behind_cut_->topLeft->setCoords(layer + 0.5, 0);
  cut_line_->setVisible(layer >= 0);
  cut_line_->start->setCoords(layer + 0.5, 0);
  cut_line_->end->setCoords(layer + 0.5, 1);
  replot(rpQueuedReplot);
}

void CurvePlot::set_focused(bool by_keyboard) {
  focused_ = by_keyboard;
  replot(rpQueuedReplot);
}

void CurvePlot::show_all() {
  layers_zoomed_ = values_zoomed_ = false;
  replot(rpQueuedReplot);
}

void CurvePlot::bring_into_view(int layer) {
  const QCPRange now = xAxis->range();
  if (layer < now.lower)
    xAxis->setRange(now - (now.lower - (layer - 0.5)));
  else if (layer > now.upper)
    xAxis->setRange(now + (layer + 0.5 - now.upper));
  replot(rpQueuedReplot);
}

void CurvePlot::restyle() {
  const Theme& now = theme();
  setBackground(now.panel);
  QColor faded = now.panel;
  faded.setAlphaF(0.75F);
  behind_cut_->setBrush(faded);
  behind_cut_->setPen(Qt::NoPen);
  cut_line_->setPen(QPen(now.peak, 1, Qt::DashLine));
  for (QCPAxis* axis : {xAxis, yAxis}) {
    axis->setBasePen(QPen(now.line));
    axis->setTickPen(QPen(now.line));
    axis->setTickLabelColor(now.dim);
    axis->setLabelColor(now.dim);
    axis->setTickLabelFont(small_font());
    axis->setLabelFont(small_font());
    axis->setTickLengthIn(0);
  }
  xAxis->setTickLengthOut(3);
  yAxis->setTickLengthOut(0);
  yAxis->setBasePen(Qt::NoPen);
  yAxis->grid()->setPen(QPen(now.line, 1));
  QColor zero = now.dim;
  zero.setAlphaF(0.6F);
  yAxis->grid()->setZeroLinePen(QPen(zero, 1));
  set_scale(scale_);
}

QFont CurvePlot::small_font() const {
  QFont result = font();
  result.setPointSizeF(result.pointSizeF() * 0.87);
  return result;
}

QSizeF CurvePlot::area() const {
  const QMargins margins = axisRect()->margins();
  return QRectF(viewport()).marginsRemoved(margins).size();
}

double CurvePlot::spacing() const { return area().width() / xAxis->range().size(); }

void CurvePlot::arrange() {
  if (data_.figure.layers.empty() || viewport().isEmpty())
    return;
  const QScopedValueRollback guard(arranging_, true);
  choose_margins();
  choose_ranges();
  choose_labels();
  draw_curve();
}

void CurvePlot::choose_margins() {
  const QFontMetricsF metrics(small_font());
  const double line = metrics.height();
  yAxis->setTickLabelPadding(static_cast<int>(line * 0.35));
  yAxis->setLabelPadding(static_cast<int>(line * 0.25));
  const auto left = static_cast<int>(metrics.horizontalAdvance(QStringLiteral("−0.00")) + line * 2);
  const auto side = static_cast<int>(line * 0.8);
  axisRect()->setMargins({left, static_cast<int>(line * 0.4), side, axisRect()->margins().bottom()});

  const double n = names_.size();
  const double width = area().width();
  const double inset = std::clamp(width / (2 * n), line, 6 * line);
  const double step = n > 1 ? (width - 2 * inset) / (n - 1) : 2 * inset;
  all_layers_ = QCPRange(-inset / step, n - 1 + inset / step);
  if (!layers_zoomed_)
    xAxis->setRange(all_layers_);
}

// Labels of every layer side by side if they fit; else sloped labels of all layers, or of every second, third, ... They
// are counted from the last layer, so that the same labels stay while the curve is dragged.
void CurvePlot::choose_labels() {
  QFont drawn = small_font();
  drawn.setPointSizeF(drawn.pointSizeF() + 0.05); // QCustomPlot does this for tick labels; they can be a pixel wider
  const QFontMetricsF metrics(drawn);
  const double line = metrics.height();
  const double step = spacing();
  bool level = true;
  double widest = 0;
  for (qsizetype i = 0; i < names_.size(); ++i) {
    const double width = metrics.horizontalAdvance(names_[i]);
    widest = std::max(widest, width);
    const double next = i + 1 < names_.size() ? metrics.horizontalAdvance(names_[i + 1]) : 0;
    level = level && (width + next) / 2 + line * 0.5 <= step;
  }
  const auto every = static_cast<qsizetype>(level ? 1 : std::max(1.0, std::ceil(line * 1.2 / step)));
  const double longest = std::min(12 * line, viewport().height() * 0.3 / sloped);
  layer_ticker_->clear();
  double tallest = 0;
  for (qsizetype i = (names_.size() - 1) % every; i < names_.size(); i += every) {
    // A sloped label ends at its layer and must begin within the window.
    const double room =
        (axisRect()->margins().left() + (static_cast<double>(i) - xAxis->range().lower) * step) / sloped;
    const double width = level ? metrics.horizontalAdvance(names_[i]) + 1 : std::clamp(room - line, 2 * line, longest);
    const QString label = metrics.elidedText(names_[i], Qt::ElideMiddle, width);
    layer_ticker_->addTick(static_cast<double>(i), label);
    tallest = std::max(tallest, metrics.horizontalAdvance(label));
  }
  xAxis->setTickLabelRotation(level ? 0 : -45);
  xAxis->setTickLabelPadding(static_cast<int>(line * 0.3));
  xAxis->setLabelPadding(static_cast<int>(line * 0.15));
  const double labels = level ? line : (std::min(tallest, longest) + line) * sloped;
  // In a low panel the curve needs the height of the axis's title.
  const bool is_low = viewport().height() < line * 12;
  xAxis->setLabel(is_low ? QString() : QStringLiteral("layer, from input to output"));
  QMargins margins = axisRect()->margins();
  margins.setBottom(static_cast<int>(labels + line * (is_low ? 0.5 : 1.9) + 4));
  axisRect()->setMargins(margins);
}

// The axis of the report's figure, with room for the peak's label above and for clipped numbers below.
void CurvePlot::choose_ranges() {
  const CurveLayout layout(data_.figure);
  double low = layout.low;
  double high = layout.high;
  int clipped_rows = 0;
  lowest_ = low;
  if (scale_ == CurveScale::Exponential) {
    low = 0;
    high = on_axis(high, scale_);
  } else {
    for (const CurveSeries& series : data_.figure.series) {
      bool any = false;
      for (std::size_t i = 0; i < data_.figure.layers.size(); ++i) {
        const double mean = value_at(series.mean, i);
        if (!(mean < low))
          continue;
        any = true;
        if (std::isfinite(mean))
          lowest_ = std::min(lowest_, mean * 1.1);
      }
      clipped_rows += any ? 1 : 0;
    }
  }
  unclipped_ = low;
  const double line = QFontMetricsF(small_font()).height();
  clipped_room_ = clipped_rows * line;
  const double above = 1.4 * line;
  const double plot = std::max(area().height() - above - clipped_room_, line);
  all_values_ = QCPRange(low - (high - low) * clipped_room_ / plot, high + (high - low) * above / plot);
  if (!values_zoomed_)
    yAxis->setRange(all_values_);
  yAxis->ticker()->setTickCount(std::clamp(static_cast<int>(area().height() / (line * 2.2)), 2, 8));
  const QCPRange range = yAxis->range();
  floor_ = std::min(unclipped_, range.lower + range.size() * clipped_room_ / std::max(area().height(), 1.0));
  value_ticker_->floor = floor_;
}

void CurvePlot::draw_curve() {
  const double em = QFontMetricsF(small_font()).height();
  const CurveLook look{.scale = scale_, .floor = floor_, .step = spacing(), .em = em, .dense = spacing() < 0.6 * em};
  CurveMarks::Content content;
  content.lines = graphs_.draw(data_, look);
  content.font = small_font();
  content.floor = floor_;
  content.dense = look.dense;
  content.current = current_;
  content.focused = focused_;
  const int peak = peak_of(data_);
  if (peak >= 0 && content.lines[0].clipped[static_cast<std::size_t>(peak)].isEmpty()) {
    const auto i = static_cast<std::size_t>(peak);
    content.peak = peak;
    content.peak_text = QStringLiteral("peak %1%2 at %3")
                            .arg(scale_ == CurveScale::R2 ? QString() : QStringLiteral("R² "),
                                 r2_text(data_.figure.series[0], i), QString::fromStdString(data_.figure.layers[i]));
  }
  marks_->set_content(std::move(content));
}

int CurvePlot::layer_near(const QPointF& place) const {
  const double reach = QFontMetricsF(small_font()).height() * 0.75;
  int nearest = -1;
  double least = reach;
  const auto& lines = marks_->content().lines;
  for (std::size_t s = 0; s < lines.size(); ++s)
    for (int i = 0; i < static_cast<int>(lines[s].values.size()); ++i) {
      const double distance = QLineF(place, marks_->position(s, i)).length(); // NaN where there is no value
      if (distance < least) {
        least = distance;
        nearest = i;
      }
    }
  return nearest;
}

void CurvePlot::mouseMoveEvent(QMouseEvent* event) {
  QCustomPlot::mouseMoveEvent(event);
  const int layer = event->buttons() == Qt::NoButton ? layer_near(event->position()) : -1;
  setCursor(layer >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
  emit hovered(layer, event->globalPosition().toPoint());
}

void CurvePlot::mouseReleaseEvent(QMouseEvent* event) {
  const bool moved = (event->pos() - mMousePressPos).manhattanLength() >= QApplication::startDragDistance();
  QCustomPlot::mouseReleaseEvent(event);
  const int layer = layer_near(event->position());
  if (event->button() == Qt::LeftButton && !moved && layer >= 0)
    emit clicked(layer);
}

void CurvePlot::mouseDoubleClickEvent(QMouseEvent* event) {
  QCustomPlot::mouseDoubleClickEvent(event);
  show_all();
}

void CurvePlot::leaveEvent(QEvent* event) {
  QCustomPlot::leaveEvent(event);
  emit hovered(-1, {});
}

} // namespace scalescope
