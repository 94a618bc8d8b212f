#include "ui/workspace/curve_data.h"

#include "core/base/error.h"
#include "core/base/file_set.h"
#include "core/report/curve_layout.h"
#include "core/report/render_figure.h"
#include "core/report/svg_text.h"

#include <fmt/format.h>

#include <QFileInfo>
#include <QRegularExpression>
#include <QSet>

#include <algorithm>
#include <cmath>

namespace scalescope {
namespace {

std::string_view text_of(const std::vector<std::uint8_t>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string contents(const CurveData& data, const QString& path) {
  CurveFigure figure = data.figure;
  if (data.partial)
    figure.subtitle += (figure.subtitle.empty() ? "" : " · ") + curve_note(data).toStdString();
  const QString ending = QFileInfo(path).suffix().toLower();
  if (ending == "csv")
    return curve_csv(data.figure.layers, data.depths, data.channels, data.figure.series);
  if (ending == "svg")
    return to_svg(figure);
  if (ending == "png")
    return std::string(text_of(render_png(to_svg(figure))));
  if (ending == "pdf")
    return std::string(text_of(render_pdf(to_svg(figure))));
  throw Error(fmt::format("{}: a curve is saved as .png, .svg, .pdf or .csv; give the name one of these endings.",
                          path.toStdString()));
}

} // namespace

QStringList short_layer_names(const std::vector<std::string>& layers) {
  // Words, the last of them with a number; and each word that has one.
  static const QRegularExpression numbered(QStringLiteral("^_?(?:[A-Za-z]+[._](?:[0-9]+(?:\\.|$))*)+$"));
  static const QRegularExpression group(QStringLiteral("([A-Za-z])[A-Za-z]*[._]([0-9]+(?:\\.[0-9]+)*)"));
  QStringList full;
  QStringList brief;
  for (const std::string& layer : layers) {
    full << QString::fromStdString(layer);
    QStringList groups;
    if (numbered.match(full.last()).hasMatch())
      for (const auto& match : group.globalMatch(full.last()))
        groups << match.captured(1).toLower() + match.captured(2);
    brief << (groups.empty() ? full.last() : groups.join(u'.'));
  }
  const bool unambiguous = QSet<QString>(brief.begin(), brief.end()).size() == brief.size();
  return unambiguous ? brief : full;
}

QString r2_text(double mean) {
  if (std::isnan(mean))
    return QStringLiteral("not yet");
  return QString::fromStdString(std::abs(mean) < 10 ? readable(mean, 2) : readable(mean));
}

QString r2_text(double mean, double standard_deviation) {
  const QString text = r2_text(mean);
  return std::isfinite(mean) && std::isfinite(standard_deviation)
             ? text + QStringLiteral(" ± ") + r2_text(standard_deviation)
             : text;
}

QString r2_text(const CurveSeries& series, std::size_t layer) {
  const double mean = value_at(series.mean, layer);
  if (!series.has_intervals())
    return r2_text(mean, value_at(series.standard_deviation, layer));
  const Interval& interval = series.intervals[layer];
  return interval.exists()
             ? QStringLiteral("%1 [%2, %3]").arg(r2_text(mean), r2_text(interval.low), r2_text(interval.high))
             : r2_text(mean);
}

QString curve_note(const CurveData& data) {
  const bool intervals = std::ranges::any_of(data.figure.series, &CurveSeries::has_intervals);
  QString what = data.repetitions == 1 ? QStringLiteral("one repetition")
                 : intervals           ? QStringLiteral("mean of %1 repetitions").arg(data.repetitions)
                                       : QStringLiteral("mean ± sd over %1 repetitions").arg(data.repetitions);
  if (intervals)
    what += QStringLiteral(", bars: 95 % interval over images");
  if (!data.partial)
    return what;
  std::size_t known = 0;
  for (std::size_t i = 0; !data.figure.series.empty() && i < data.figure.layers.size(); ++i)
    known += std::isnan(value_at(data.figure.series[0].mean, i)) ? 0 : 1;
  if (known == 0)
    return QStringLiteral("partial: no layer is scored yet");
  if (known == data.figure.layers.size())
    return QStringLiteral("partial: %1 so far").arg(what);
  return QStringLiteral("partial: %1 of %2 layers, %3 so far").arg(known).arg(data.figure.layers.size()).arg(what);
}

QString layer_note(const CurveData& data, std::size_t layer) {
  QStringList lines{QString::fromStdString(data.figure.layers[layer])};
  for (const CurveSeries& series : data.figure.series)
    lines << QStringLiteral("%1: R² %2").arg(QString::fromStdString(series.name), r2_text(series, layer));
  return lines.join('\n');
}

int peak_of(const CurveData& data) {
  int peak = -1;
  double highest = 0;
  for (std::size_t i = 0; !data.figure.series.empty() && i < data.figure.layers.size(); ++i) {
    const double mean = value_at(data.figure.series[0].mean, i);
    if (std::isfinite(mean) && (peak < 0 || mean > highest)) {
      peak = static_cast<int>(i);
      highest = mean;
    }
  }
  return peak;
}

void save_curve(const CurveData& data, const QString& path, const std::vector<std::filesystem::path>& inputs) {
  if (peak_of(data) < 0)
    throw Error(fmt::format("{} was not written: there is no curve yet, run an analysis first.", path.toStdString()));
  const std::string bytes = contents(data, path);
  const QFileInfo file(path);
  const std::string name = file.fileName().toStdString();
  FileSet files(file.absolutePath().toStdString(), {name}, inputs);
  files.write(name, bytes);
  files.commit();
}

} // namespace scalescope
