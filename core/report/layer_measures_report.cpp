#include "core/report/layer_measures_report.h"

#include "core/report/curve_figure.h"
#include "core/report/heat_figure.h"
#include "core/report/html_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>

namespace scalescope {
namespace {

std::vector<CurveSeries> shown_curves(const MeasureFigure& figure) {
  std::vector<CurveSeries> curves = figure.curves;
  if (!figure.with_bars)
    for (CurveSeries& one : curves)
      one.intervals.clear();
  return curves;
}

CurveFigure drawn(const MeasureFigure& figure, const LayerMeasures& measures, const std::string& subtitle) {
  CurveFigure made;
  made.title = figure.title;
  made.subtitle = subtitle;
  made.y_label = figure.y_label;
  made.layers = measures.layers;
  made.depths = measures.depths;
  made.series = shown_curves(figure);
  made.mark_peak = false;
  return made;
}

std::string interval_cell(const Interval& interval) {
  return interval.exists() ? fmt::format("[{}, {}]", cell(interval.low), cell(interval.high))
                           : cell(std::numeric_limits<double>::quiet_NaN());
}

ReportTable by_layer(const LayerMeasures& measures, const MeasureFigure& figure) {
  ReportTable table{{"layer", "depth"}, {}};
  const std::vector<CurveSeries> curves = shown_curves(figure);
  for (const CurveSeries& curve : curves) {
    table.header.push_back(curve.name);
    if (curve.has_intervals())
      table.header.emplace_back("95 % interval");
    else if (!curve.standard_deviation.empty())
      table.header.emplace_back("± sd");
  }
  for (std::size_t i = 0; i < measures.layers.size(); ++i) {
    auto& row = table.rows.emplace_back(std::vector{measures.layers[i], std::to_string(measures.depths[i])});
    for (const CurveSeries& curve : curves) {
      row.push_back(cell(curve.mean[i]));
      if (curve.has_intervals())
        row.push_back(interval_cell(curve.intervals[i]));
      else if (!curve.standard_deviation.empty())
        row.push_back(cell(curve.standard_deviation[i]));
    }
  }
  return table;
}

std::string page(const LayerMeasures& measures, const Network& network, const AnalysisContext& context,
                 const std::string& subtitle) {
  HtmlReport report(measures.text.name + ": " + subtitle, measures.text.headline);
  report.paragraph(measures.text.question);
  for (const MeasureFigure& figure : measures.figures)
    report.figure(to_svg(drawn(figure, measures, subtitle)), figure.caption);
  report.notes(measures.notes);
  for (const std::string& remark : measures.text.remarks)
    report.paragraph(remark);
  for (const MeasureTable& table : measures.tables)
    if (table.in_report)
      report.section(table.heading).table({table.header, table.rows, table.text_columns});
  for (const MeasureFigure& figure : measures.figures)
    report.section(figure.title).table(by_layer(measures, figure));
  for (const MeasureMap& map : measures.maps) {
    report.section(map.title);
    report.figure(to_svg(map), map.caption);
  }
  std::vector<std::string> files{"measures.csv"};
  for (const MeasureTable& table : measures.tables)
    files.push_back(table.file + ".csv");
  for (const MeasureMap& map : measures.maps)
    files.push_back(map.file + ".csv");
  report.paragraph(fmt::format("All values with all digits are in {}.", fmt::join(files, ", ")));
  report.section("Settings, seeds, versions").facts(facts_of(measures, network, context));
  report.left_out(left_out_of(measures, context));
  report.remarks(remarks_of(measures, context));
  return report.html();
}

} // namespace

std::vector<std::string> measures_files(const std::vector<std::string>& figures,
                                        const std::vector<std::string>& tables) {
  std::vector<std::string> names = measures_record_files(tables);
  for (const std::string& figure : figures)
    names.push_back(figure + ".svg");
  names.emplace_back("report.html");
  return names;
}

void write_measures(FileSet& files, const LayerMeasures& measures, const Network& network,
                    const AnalysisContext& context) {
  write_measures_record(files, measures, network, context);
  const std::string subtitle = fmt::format("{} · {}", network.info().name, context.samples.name);
  for (const MeasureFigure& figure : measures.figures)
    files.write(figure.file + ".svg", to_svg(drawn(figure, measures, subtitle)));
  for (const MeasureMap& map : measures.maps)
    files.write(map.file + ".svg", to_svg(map));
  files.write("report.html", page(measures, network, context, subtitle));
}

} // namespace scalescope
