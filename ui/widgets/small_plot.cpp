#include "ui/widgets/small_plot.h"

#include "ui/widgets/numbers.h"
#include "ui/widgets/theme.h"

#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace scalescope {
namespace {

struct Metrics {
  explicit Metrics(const QFont& font) : text(font), line(text.height()), space(line / 3) {}
  QFontMetrics text;
  int line, space;
};

// Where the lines are drawn, below the title and above the numbers of the x axis.
QRect frame_of(const QRect& area, const SmallPlot& plot, const Metrics& m, int left, int right) {
  const int under = plot.x_title.isEmpty() ? m.space : 2 * m.line + m.space;
  return area.adjusted(left, m.line + 2 * m.space, -right, -under);
}

std::vector<double> y_ticks(const SmallPlot& plot, const Metrics& m, int height) {
  return nice_ticks(plot.y_low, plot.y_high, std::clamp(2 * height / (3 * m.line), 3, 6));
}

struct Label {
  double y;
  const PlotLine* line;
};

// Moves labels apart by at least one line, within [top, bottom], in the same order.
void spread(std::vector<Label>& labels, double height, double top, double bottom) {
  std::ranges::stable_sort(labels, {}, &Label::y);
  double least = top;
  for (auto& l : labels) {
    l.y = std::max(l.y, least);
    least = l.y + height;
  }
  double most = bottom;
  for (std::size_t i = labels.size(); i-- > 0;) {
    labels[i].y = std::min(labels[i].y, most);
    most = labels[i].y - height;
  }
}

class Plotter {
 public:
  Plotter(QPainter& painter, const QRect& area, const SmallPlot& plot, int left, int right)
      : p_(painter), area_(area), plot_(plot), m_(painter.font()), frame_(frame_of(area, plot, m_, left, right)) {}

  void paint() {
    p_.setPen(theme().text);
    p_.drawText(QRect(area_.left(), area_.top(), area_.width(), m_.line), Qt::AlignLeft | Qt::AlignVCenter,
                m_.text.elidedText(plot_.title, Qt::ElideRight, area_.width()));
    x_axis();
    if (plot_.lines.empty()) {
      p_.setPen(theme().dim);
      p_.drawText(frame_.adjusted(m_.space, 0, -m_.space, 0), Qt::AlignCenter | Qt::TextWordWrap, plot_.missing);
      return;
    }
    y_axis();
    p_.save();
    p_.setRenderHint(QPainter::Antialiasing);
    p_.setClipRect(frame_.adjusted(-m_.space, -m_.space, m_.space, m_.space));
    if (!plot_.diagonal.isEmpty())
      diagonal();
    if (plot_.now) {
      const int at = static_cast<int>(std::lround(x(*plot_.now)));
      p_.fillRect(at - 1, frame_.top(), 2, frame_.height(), theme().peak);
    }
    for (const auto& line : plot_.lines)
      curve(line);
    p_.restore();
    labels();
  }

 private:
  double x(double v) const { return frame_.left() + (v - plot_.x_low) / (plot_.x_high - plot_.x_low) * frame_.width(); }
  double y(double v) const {
    return frame_.bottom() - (v - plot_.y_low) / (plot_.y_high - plot_.y_low) * frame_.height();
  }

  void y_axis() {
    const auto ticks = y_ticks(plot_, m_, frame_.height());
    for (const double tick : ticks) {
      const int at = static_cast<int>(std::lround(y(tick)));
      p_.setPen(theme().line);
      p_.drawLine(frame_.left(), at, frame_.right(), at);
      p_.setPen(theme().dim);
      p_.drawText(QRect(area_.left(), at - m_.line / 2, frame_.left() - area_.left() - m_.space, m_.line),
                  Qt::AlignRight | Qt::AlignVCenter, tick_text(tick, ticks));
    }
  }

  void x_axis() {
    if (plot_.x_title.isEmpty())
      return;
    p_.setPen(theme().dim);
    const int wide = m_.text.horizontalAdvance(QStringLiteral("000")) + m_.space;
    auto x_ticks = nice_ticks(plot_.x_low, plot_.x_high, std::clamp(frame_.width() / wide, 2, 10));
    const auto is_whole = [](double number) { return std::abs(number - std::round(number)) < 1e-9; };
    if (std::ranges::all_of(plot_.x, is_whole)) // epochs: there is none between two of them
      std::erase_if(x_ticks, [&](double tick) { return !is_whole(tick); });
    for (const double tick : x_ticks)
      p_.drawText(QRectF(x(tick) - wide, frame_.bottom() + m_.space, 2.0 * wide, m_.line), Qt::AlignCenter,
                  tick_text(tick, x_ticks));
    p_.drawText(QRect(frame_.left(), frame_.bottom() + m_.space + m_.line, frame_.width(), m_.line), Qt::AlignCenter,
                m_.text.elidedText(plot_.x_title, Qt::ElideRight, frame_.width()));
  }

  void diagonal() {
    const double low = std::max(plot_.x_low, plot_.y_low), high = std::min(plot_.x_high, plot_.y_high);
    p_.setPen(QPen(theme().dim, 1, Qt::DashLine));
    p_.drawLine(QPointF(x(low), y(low)), QPointF(x(high), y(high)));
  }

  void curve(const PlotLine& line) {
    QPainterPath path;
    bool drawing = false;
    for (std::size_t i = 0; i < plot_.x.size(); ++i) {
      const bool number = std::isfinite(line.y[i]);
      if (number && drawing)
        path.lineTo(x(plot_.x[i]), y(line.y[i]));
      else if (number)
        path.moveTo(x(plot_.x[i]), y(line.y[i]));
      drawing = number;
    }
    p_.setBrush(Qt::NoBrush);
    p_.setPen(QPen(line.colour, 2));
    p_.drawPath(path);
    const double dot = m_.line / 7.0;
    for (std::size_t i = 0; i < plot_.x.size(); ++i) {
      const bool ring = !line.rings.empty() && line.rings[i];
      p_.setPen(ring ? QPen(line.colour, 1.5) : QPen(Qt::NoPen));
      p_.setBrush(ring ? theme().panel : line.colour);
      const double radius = ring ? 1.4 * dot : dot;
      if (std::isfinite(line.y[i]))
        p_.drawEllipse(QPointF(x(plot_.x[i]), y(line.y[i])), radius, radius);
    }
  }

  void labels() {
    std::vector<Label> at;
    PlotLine diagonal_line{{}, plot_.diagonal, theme().dim};
    if (!plot_.diagonal.isEmpty())
      at.push_back({y(std::min(plot_.x_high, plot_.y_high)), &diagonal_line});
    for (const auto& line : plot_.lines) {
      const auto last = std::ranges::find_if(line.y.rbegin(), line.y.rend(), [](double v) { return std::isfinite(v); });
      if (!line.label.isEmpty() && last != line.y.rend())
        at.push_back({y(*last), &line});
    }
    spread(at, m_.line, frame_.top(), frame_.bottom());
    const int left = frame_.right() + m_.line / 2, room = area_.right() + 1 - left;
    for (const auto& l : at) {
      p_.setPen(l.line->colour);
      p_.drawText(QRectF(left, l.y - m_.line / 2.0, room, m_.line), Qt::AlignLeft | Qt::AlignVCenter,
                  m_.text.elidedText(l.line->label, Qt::ElideRight, room));
    }
  }

  QPainter& p_;
  QRect area_;
  const SmallPlot& plot_;
  Metrics m_;
  QRect frame_;
};

} // namespace

int number_room(const SmallPlot& plot, const QFont& font, int height) {
  const Metrics m(font);
  const QRect frame = frame_of(QRect(0, 0, height, height), plot, m, 0, 0);
  const auto ticks = y_ticks(plot, m, frame.height());
  int room = 0;
  for (const double tick : ticks)
    room = std::max(room, m.text.horizontalAdvance(tick_text(tick, ticks)));
  return room + m.space;
}

int label_room(const SmallPlot& plot, const QFont& font) {
  const Metrics m(font);
  int room = m.text.horizontalAdvance(plot.diagonal);
  for (const auto& line : plot.lines)
    room = std::max(room, m.text.horizontalAdvance(line.label));
  return room + m.line / 2 + 1;
}

void paint_plot(QPainter& painter, const QRect& area, const SmallPlot& plot, int left, int right) {
  Plotter(painter, area, plot, left, right).paint();
}

} // namespace scalescope
