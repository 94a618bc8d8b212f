#include "ui/curve/curve_graphs.h"

#include "core/report/curve_layout.h"
#include "ui/widgets/theme.h"

#include <algorithm>
#include <cmath>

namespace scalescope {
namespace {

std::vector<QPen> pens(const std::vector<CurveSeries>& all, double step) {
  std::vector<QPen> result;
  int lines = 0;
  int controls = 0;
  const double width = step < 8 ? 1.5 : 2;
  for (const CurveSeries& series : all) {
    if (series.control) {
      QPen pen(theme().dim, 1.3);
      pen.setDashPattern(controls++ % 2 == 0 ? QList<qreal>{4, 3} : QList<qreal>{1.2, 2.4});
      result.push_back(pen);
    } else { // the accent, then hues that differ clearly from it and from the peak's amber
      constexpr int turns[] = {0, 310, 90, 140};
      const QColor accent = theme().accent;
      result.emplace_back(
          QColor::fromHsv((accent.hue() + turns[lines++ % 4]) % 360, accent.saturation(), accent.value()), width);
    }
    result.back().setJoinStyle(Qt::RoundJoin);
  }
  return result;
}

} // namespace

double on_axis(double r2, CurveScale scale) { return scale == CurveScale::R2 ? r2 : std::exp(r2 - 1); }

// Controls first, so that they are behind. The first series is on top.
void CurveGraphs::make(const std::vector<CurveSeries>& all) {
  const auto is_made = [&] {
    if (series_.size() != all.size())
      return false;
    for (std::size_t s = 0; s < all.size(); ++s)
      if (series_[s].line->property("control").toBool() != all[s].control)
        return false;
    return true;
  };
  if (is_made())
    return;
  plot_.clearPlottables();
  series_.assign(all.size(), {});
  for (const bool control : {true, false})
    for (std::size_t s = all.size(); s-- > 0;) {
      if (all[s].control != control)
        continue;
      series_[s].line = plot_.addGraph();
      series_[s].line->setProperty("control", control);
      series_[s].bars = new QCPErrorBars(plot_.xAxis, plot_.yAxis);
      series_[s].points = plot_.addGraph();
      series_[s].bars->setDataPlottable(series_[s].points);
      series_[s].points->setLineStyle(QCPGraph::lsNone);
    }
}

std::vector<CurveLine> CurveGraphs::draw(const CurveData& data, const CurveLook& look) {
  const std::vector<QPen> all_pens = pens(data.figure.series, look.step);
  std::vector<CurveLine> lines;
  for (std::size_t s = 0; s < series_.size(); ++s) {
    const CurveSeries& series = data.figure.series[s];
    lines.push_back(line_of(data, series, all_pens[s], look));
    fill(series_[s], lines.back());
    style(series_[s], lines.back(), series.control, look);
  }
  return lines;
}

CurveLine CurveGraphs::line_of(const CurveData& data, const CurveSeries& series, const QPen& pen,
                               const CurveLook& look) const {
  CurveLine line{QString::fromStdString(series.name), pen, {}, {}, {}, {}};
  for (std::size_t i = 0; i < data.figure.layers.size(); ++i) {
    const double mean = value_at(series.mean, i);
    const Interval bar = bar_at(series, i);
    const double value = on_axis(mean, look.scale);
    const bool clipped = value < look.floor;
    line.values.push_back(clipped ? look.floor : value); // NaN stays
    line.clipped.push_back(clipped ? r2_text(mean) : QString());
    // Painters can't draw huge coordinates, so values far outside the view are limited.
    const double far = plot_.yAxis->range().size() * 10;
    line.below.push_back(clipped ? 0 : std::min(value - on_axis(bar.low, look.scale), far));
    line.above.push_back(clipped ? 0 : std::min(on_axis(bar.high, look.scale) - value, far));
  }
  return line;
}

void CurveGraphs::fill(const Series& graphs, const CurveLine& line) {
  QVector<double> keys;
  QVector<double> values;
  QVector<double> point_keys;
  QVector<double> points;
  QVector<double> below;
  QVector<double> above;
  for (std::size_t i = 0; i < line.values.size(); ++i) {
    const auto key = static_cast<double>(i);
    const bool clipped = !line.clipped[i].isEmpty();
    if (clipped && i > 0 && !line.clipped[i - 1].isEmpty()) { // no line along the floor: it would look like values
      keys << key - 0.5;
      values << qQNaN();
    }
    keys << key;
    values << line.values[i];
    if (clipped || std::isnan(line.values[i]))
      continue;
    point_keys << key;
    points << line.values[i];
    below << line.below[i];
    above << line.above[i];
  }
  graphs.line->setData(keys, values, true);
  graphs.points->setData(point_keys, points, true);
  graphs.bars->setData(below, above);
}

void CurveGraphs::style(const Series& graphs, const CurveLine& line, bool control, const CurveLook& look) {
  const double size = std::clamp(look.step * 0.6, look.em * 0.12, look.em * (control ? 0.2 : 0.42));
  graphs.line->setPen(line.pen);
  graphs.points->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, line.pen.color(), size));
  graphs.points->setPen(line.pen.color());
  QColor colour = line.pen.color();
  colour.setAlphaF((control ? 0.55F : 1.0F) * (look.dense ? 0.5F : 1.0F));
  graphs.bars->setPen(QPen(colour, 1.2));
  graphs.bars->setWhiskerWidth(look.dense ? 0 : std::min(look.step * 0.4, look.em * 0.45));
  graphs.bars->setSymbolGap(size * 0.8);
}

} // namespace scalescope
