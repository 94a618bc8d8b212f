#include "ui/curve/curve_marks.h"

#include "ui/widgets/theme.h"

#include <algorithm>
#include <cmath>

namespace scalescope {
namespace {

/// Whether a straight line touches a box (Liang and Barsky).
bool touches(const QPointF& from, const QPointF& to, const QRectF& box) {
  double enter = 0;
  double leave = 1;
  const auto cut = [&](double start, double along, double low, double high) {
    if (along == 0)
      return start >= low && start <= high;
    const auto [first, second] = std::minmax({(low - start) / along, (high - start) / along});
    enter = std::max(enter, first);
    leave = std::min(leave, second);
    return enter <= leave;
  };
  return cut(from.x(), to.x() - from.x(), box.left(), box.right()) &&
         cut(from.y(), to.y() - from.y(), box.top(), box.bottom());
}

} // namespace

CurveMarks::CurveMarks(QCustomPlot* plot) : QCPLayerable(plot, QStringLiteral("overlay")) {}

void CurveMarks::applyDefaultAntialiasingHint(QCPPainter* painter) const { painter->setAntialiasing(true); }

QRectF CurveMarks::area() const { return mParentPlot->axisRect()->rect(); }

double CurveMarks::unit() const { return QFontMetricsF(content_.font).height(); }

QPointF CurveMarks::position(std::size_t line, int layer) const {
  return {mParentPlot->xAxis->coordToPixel(layer),
          mParentPlot->yAxis->coordToPixel(content_.lines[line].values[static_cast<std::size_t>(layer)])};
}

void CurveMarks::draw(QCPPainter* painter) {
  texts_.clear();
  painter->setFont(content_.font);
  if (content_.focused) {
    painter->setPen(QPen(theme().accent, 1));
    painter->setBrush(Qt::NoBrush);
    painter->drawRect(area().adjusted(0, 0, -1, -1));
  }
  draw_clipped(painter);
  draw_peak(painter);
  draw_current(painter);
  draw_names(painter);
}

void CurveMarks::put_text(QCPPainter* painter, const QRectF& box, const QString& text, const QColor& colour,
                          const QFont& font) {
  texts_.push_back(box);
  painter->setFont(font);
  painter->setPen(colour);
  painter->drawText(box, Qt::AlignCenter, text);
}

// One row per series: triangles that point down, each with its number if that covers no other number.
void CurveMarks::draw_clipped(QCPPainter* painter) {
  const double row = unit();
  const QFontMetricsF metrics(content_.font);
  double y = mParentPlot->yAxis->coordToPixel(content_.floor);
  if (y < area().bottom() - row / 2) { // the axis has no numbers below it
    painter->fillRect(QRectF(QPointF(area().left(), y + 0.5), QPointF(area().right() + 1, area().bottom())),
                      theme().panel);
    painter->setPen(QPen(theme().line, 1));
    painter->drawLine(QPointF(area().left(), y), QPointF(area().right(), y));
  }
  for (std::size_t s = 0; s < content_.lines.size(); ++s) {
    const CurveLine& line = content_.lines[s];
    std::vector<double> places;
    std::vector<QString> numbers;
    for (std::size_t i = 0; i < line.clipped.size(); ++i) {
      const double x = position(s, static_cast<int>(i)).x();
      if (!line.clipped[i].isEmpty() && x >= area().left() - 1 && x <= area().right() + 1) {
        places.push_back(x);
        numbers.push_back(line.clipped[i]);
      }
    }
    if (places.empty() || y + row > area().bottom() + 1)
      continue;
    const double half = row * (content_.dense ? 0.15 : 0.28);
    double free_from = area().left();
    for (std::size_t k = 0; k < places.size(); ++k) {
      const double x = places[k];
      painter->setPen(Qt::NoPen);
      painter->setBrush(line.pen.color());
      const double top = y + row * 0.25;
      painter->drawPolygon(QPolygonF{{x - half, top}, {x + half, top}, {x, top + row * 0.5}});
      const double width = metrics.horizontalAdvance(numbers[k]);
      const double next = k + 1 < places.size() ? places[k + 1] - half : area().right();
      const double before = k > 0 ? std::max(free_from, places[k - 1] + half) : free_from;
      QRectF box(x + half + row * 0.15, y, width, row);
      if (box.right() > next - row * 0.2)
        box.moveRight(x - half - row * 0.15);
      const bool fits = box.left() > x ? box.right() <= next - row * 0.2 : box.left() >= before + row * 0.2;
      if (fits && box.left() >= free_from) {
        put_text(painter, box, numbers[k], line.pen.color(), content_.font);
        free_from = box.right();
      }
    }
    y += row;
  }
}

std::pair<double, double> CurveMarks::extent(std::size_t line, double left, double right) const {
  const CurveLine& drawn = content_.lines[line];
  const auto* axis = mParentPlot->yAxis;
  double top = area().bottom();
  double bottom = area().top();
  const auto add = [&](double y) {
    top = std::min(top, y);
    bottom = std::max(bottom, y);
  };
  for (std::size_t i = 0; i < drawn.values.size(); ++i) {
    const QPointF here = position(line, static_cast<int>(i));
    if (std::isnan(here.y()))
      continue;
    if (here.x() >= left && here.x() <= right) {
      add(axis->coordToPixel(drawn.values[i] + drawn.above[i]));
      add(axis->coordToPixel(drawn.values[i] - drawn.below[i]));
    }
    if (i + 1 == drawn.values.size())
      continue;
    const QPointF next = position(line, static_cast<int>(i) + 1);
    for (const double x : {left, right}) // the line that crosses this side
      if (x > here.x() && x < next.x() && !std::isnan(next.y()))
        add(here.y() + (next.y() - here.y()) * (x - here.x()) / (next.x() - here.x()));
  }
  return {top, bottom};
}

void CurveMarks::draw_peak(QCPPainter* painter) {
  if (content_.peak < 0)
    return;
  const QPointF at = position(0, content_.peak);
  if (!area().adjusted(-1, -1, 1, 1).contains(at))
    return;
  const double radius = unit() * 0.36;
  painter->setPen(Qt::NoPen);
  painter->setBrush(theme().peak);
  painter->drawEllipse(at, radius, radius);

  QFont bold = content_.font;
  bold.setBold(true);
  const QFontMetricsF metrics(bold);
  const QString text = metrics.elidedText(content_.peak_text, Qt::ElideMiddle, area().width());
  const double half = metrics.horizontalAdvance(text) / 2 + 1;
  const double x = std::clamp(at.x(), area().left() + half, std::max(area().left() + half, area().right() - half));
  double top = at.y() - radius;
  for (std::size_t s = 0; s < content_.lines.size(); ++s)
    top = std::min(top, extent(s, x - half, x + half).first);
  QRectF box(x - half, top - unit() * 1.15, 2 * half, unit());
  box.moveTop(std::max(box.top(), area().top()));
  put_text(painter, box, text, theme().peak, bold);
}

void CurveMarks::draw_current(QCPPainter* painter) {
  if (content_.current < 0 || content_.lines.empty())
    return;
  const auto i = static_cast<std::size_t>(content_.current);
  const CurveLine& line = content_.lines[0];
  if (i >= line.values.size())
    return;
  const double x = mParentPlot->xAxis->coordToPixel(content_.current);
  if (x < area().left() - 1 || x > area().right() + 1)
    return;
  const bool peak = content_.current == content_.peak;
  const QColor colour = peak ? theme().peak : line.pen.color();
  if (std::isnan(line.values[i]) || !line.clipped[i].isEmpty()) { // no point to put a ring on
    painter->setPen(QPen(colour, 1, Qt::DotLine));
    painter->drawLine(QPointF(x, area().top()), QPointF(x, area().bottom()));
    return;
  }
  const double radius = unit() * (peak ? 0.55 : 0.34);
  painter->setPen(QPen(colour, unit() * 0.12));
  painter->setBrush(peak ? Qt::NoBrush : QBrush(theme().panel));
  painter->drawEllipse(position(0, content_.current), radius, radius);
}

bool CurveMarks::crosses_a_line(const QRectF& box) const {
  const auto* axis = mParentPlot->yAxis;
  for (std::size_t s = 0; s < content_.lines.size(); ++s) {
    const CurveLine& line = content_.lines[s];
    for (std::size_t i = 0; i < line.values.size(); ++i) {
      const QPointF here = position(s, static_cast<int>(i));
      if (std::isnan(here.y()))
        continue;
      if (touches({here.x(), axis->coordToPixel(line.values[i] - line.below[i])},
                  {here.x(), axis->coordToPixel(line.values[i] + line.above[i])}, box))
        return true;
      if (i + 1 == line.values.size())
        continue;
      const QPointF next = position(s, static_cast<int>(i) + 1);
      if (!std::isnan(next.y()) && next.x() >= box.left() && here.x() <= box.right() && touches(here, next, box))
        return true;
    }
  }
  return false;
}

bool CurveMarks::is_free(const QRectF& box) const {
  return area().contains(box) && !crosses_a_line(box) &&
         std::none_of(texts_.begin(), texts_.end(), [&](const QRectF& text) { return text.intersects(box); });
}

// Above or below the line at some layer, preferably at a third of the way, where no other line is nearer.
QRectF CurveMarks::place_beside(std::size_t line, const QSizeF& size) const {
  const double gap = unit() * 0.25;
  const double wanted = area().left() + area().width() * 0.36;
  QRectF best;
  double least = 1e9;
  for (std::size_t i = 0; i < content_.lines[line].values.size(); ++i) {
    const QPointF at = position(line, static_cast<int>(i));
    if (std::isnan(at.y()))
      continue;
    const double left = at.x() - size.width() / 2;
    const auto [top, bottom] = extent(line, left, left + size.width());
    for (const double y : {top - gap - size.height(), bottom + gap}) {
      const QRectF box(QPointF(left, y), size);
      const double distance = std::abs(box.center().y() - at.y());
      double nearest_other = 1e9;
      for (std::size_t s = 0; s < content_.lines.size(); ++s)
        if (s != line && !std::isnan(position(s, static_cast<int>(i)).y()))
          nearest_other = std::min(nearest_other, std::abs(box.center().y() - position(s, static_cast<int>(i)).y()));
      const double cost = distance + std::abs(at.x() - wanted) * 0.1;
      if (nearest_other > distance * 1.3 && distance < 4 * unit() && cost < least && is_free(box)) {
        least = cost;
        best = box;
      }
    }
  }
  return best;
}

void CurveMarks::draw_names(QCPPainter* painter) {
  const QFontMetricsF metrics(content_.font);
  std::vector<std::size_t> left_over;
  for (std::size_t s = 0; s < content_.lines.size(); ++s) {
    bool in_sight = false;
    for (std::size_t i = 0; i < content_.lines[s].values.size(); ++i) // QRectF contains NaN
      in_sight =
          in_sight || (!std::isnan(content_.lines[s].values[i]) && area().contains(position(s, static_cast<int>(i))));
    if (!in_sight)
      continue;
    const QString name = metrics.elidedText(content_.lines[s].name, Qt::ElideMiddle, area().width() * 0.35);
    const QRectF box = place_beside(s, {metrics.horizontalAdvance(name) + 2, metrics.height()});
    if (box.isNull())
      left_over.push_back(s);
    else
      put_text(painter, box, name, content_.lines[s].pen.color(), content_.font);
  }
  if (!left_over.empty())
    draw_legend(painter, left_over);
}

// In the corner where it covers least, on its own background.
void CurveMarks::draw_legend(QCPPainter* painter, const std::vector<std::size_t>& lines) {
  const QFontMetricsF metrics(content_.font);
  const double swatch = unit() * 1.6;
  double width = 0;
  std::vector<QString> names;
  for (const std::size_t s : lines) {
    names.push_back(metrics.elidedText(content_.lines[s].name, Qt::ElideMiddle, area().width() * 0.35));
    width = std::max(width, metrics.horizontalAdvance(names.back()) + swatch + unit());
  }
  QRectF box(0, 0, width, unit() * (static_cast<double>(lines.size()) + 0.3));
  const QRectF within = area().adjusted(4, 4, -4, -4);
  QRectF best;
  int least = 3;
  for (const Qt::Corner corner : {Qt::BottomLeftCorner, Qt::TopLeftCorner, Qt::TopRightCorner, Qt::BottomRightCorner}) {
    box.moveTopLeft(
        {corner == Qt::TopLeftCorner || corner == Qt::BottomLeftCorner ? within.left() : within.right() - box.width(),
         corner == Qt::TopLeftCorner || corner == Qt::TopRightCorner ? within.top() : within.bottom() - box.height()});
    const bool on_text =
        std::any_of(texts_.begin(), texts_.end(), [&](const QRectF& text) { return text.intersects(box); });
    const int cost = (on_text ? 2 : 0) + (crosses_a_line(box) ? 1 : 0);
    if (cost < least) {
      least = cost;
      best = box;
    }
  }
  if (least >= 2) // it would cover a number; the tooltips also name the lines
    return;
  QColor ground = theme().panel;
  ground.setAlphaF(0.85F);
  painter->setPen(Qt::NoPen);
  painter->setBrush(ground);
  painter->drawRect(best);
  for (std::size_t k = 0; k < lines.size(); ++k) {
    const QPen& pen = content_.lines[lines[k]].pen;
    const QRectF row(best.left(), best.top() + unit() * (static_cast<double>(k) + 0.15), best.width(), unit());
    painter->setPen(pen);
    painter->drawLine(QPointF(row.left() + unit() * 0.2, row.center().y()),
                      QPointF(row.left() + unit() * 0.2 + swatch - unit() * 0.3, row.center().y()));
    put_text(painter, {row.left() + swatch + unit() * 0.2, row.top(), metrics.horizontalAdvance(names[k]) + 2, unit()},
             names[k], pen.color(), content_.font);
  }
}

} // namespace scalescope
