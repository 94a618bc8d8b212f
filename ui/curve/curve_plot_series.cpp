// How CurvePlot draws its series.

#include "core/report/curve_layout.h"
#include "ui/curve/curve_plot.h"
#include "ui/widgets/theme.h"

#include <algorithm>
#include <cmath>

namespace scalescope {

std::vector<QPen> CurvePlot::pens() const {
  std::vector<QPen> result;
  int lines = 0;
  int controls = 0;
  const double width = spacing() < 8 ? 1.5 : 2;
  for (const CurveSeries& series : data_.figure.series) {
    if (series.control) {
      QPen pen(theme().dim, 1.3);
      pen.setDashPattern(controls++ % 2 == 0 ? QList<qreal>{4, 3} : QList<qreal>{1.2, 2.4});
      result.push_back(pen);
    } else { // the accent, then hues well apart from it and from the peak's amber
      constexpr int turns[] = {0, 310, 90, 140};
      const QColor accent = theme().accent;
      result.emplace_back(
          QColor::fromHsv((accent.hue() + turns[lines++ % 4]) % 360, accent.saturation(), accent.value()), width);
    }
    result.back().setJoinStyle(Qt::RoundJoin);
  }
  return result;
}

// Controls first: they lie behind. The first series is on top.
void CurvePlot::make_series() {
  const auto& all = data_.figure.series;
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
  clearPlottables();
  series_.assign(all.size(), {});
  for (const bool control : {true, false})
    for (std::size_t s = all.size(); s-- > 0;) {
      if (all[s].control != control)
        continue;
      series_[s].line = addGraph();
      series_[s].line->setProperty("control", control);
      series_[s].bars = new QCPErrorBars(xAxis, yAxis);
      series_[s].points = addGraph();
      series_[s].bars->setDataPlottable(series_[s].points);
      series_[s].points->setLineStyle(QCPGraph::lsNone);
    }
}

CurveLine CurvePlot::line_of(const CurveSeries& series, const QPen& pen) const {
  CurveLine line{QString::fromStdString(series.name), pen, {}, {}, {}, {}};
  for (std::size_t i = 0; i < data_.figure.layers.size(); ++i) {
    const double mean = value_at(series.mean, i);
    const double standard_deviation = deviation_at(series, i);
    const double value = on_axis(mean);
    const bool clipped = value < floor_;
    line.values.push_back(clipped ? floor_ : value); // NaN stays
    line.clipped.push_back(clipped ? r2_text(mean) : QString());
    // Not further than the eye reaches: painters don't like huge coordinates.
    const double far = yAxis->range().size() * 10;
    line.below.push_back(clipped ? 0 : std::min(value - on_axis(mean - standard_deviation), far));
    line.above.push_back(clipped ? 0 : std::min(on_axis(mean + standard_deviation) - value, far));
  }
  return line;
}

void CurvePlot::fill_series() {
  const double em = QFontMetricsF(small_font()).height();
  const double step = spacing();
  CurveMarks::Content content;
  content.font = small_font();
  content.floor = floor_;
  content.dense = step < 0.6 * em;
  content.current = current_;
  content.focused = focused_;
  const std::vector<QPen> all_pens = pens();
  for (std::size_t s = 0; s < series_.size(); ++s) {
    const CurveSeries& series = data_.figure.series[s];
    CurveLine line = line_of(series, all_pens[s]);
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
    const double size = std::clamp(step * 0.6, em * 0.12, em * (series.control ? 0.2 : 0.42));
    series_[s].line->setPen(line.pen);
    series_[s].line->setData(keys, values, true);
    series_[s].points->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, line.pen.color(), size));
    series_[s].points->setPen(line.pen.color());
    series_[s].points->setData(point_keys, points, true);
    QColor colour = line.pen.color();
    colour.setAlphaF((series.control ? 0.55F : 1.0F) * (content.dense ? 0.5F : 1.0F));
    series_[s].bars->setPen(QPen(colour, 1.2));
    series_[s].bars->setWhiskerWidth(content.dense ? 0 : std::min(step * 0.4, em * 0.45));
    series_[s].bars->setSymbolGap(size * 0.8);
    series_[s].bars->setData(below, above);
    content.lines.push_back(std::move(line));
  }
  const int peak = peak_of(data_);
  if (peak >= 0 && content.lines[0].clipped[static_cast<std::size_t>(peak)].isEmpty()) {
    const auto i = static_cast<std::size_t>(peak);
    content.peak = peak;
    content.peak_text =
        QStringLiteral("peak %1%2 at %3")
            .arg(scale_ == CurveScale::R2 ? QString() : QStringLiteral("R² "),
                 r2_text(data_.figure.series[0].mean[i], value_at(data_.figure.series[0].standard_deviation, i)),
                 QString::fromStdString(data_.figure.layers[i]));
  }
  marks_->set_content(std::move(content));
}

} // namespace scalescope
