#include "core/report/analysis_report.h"

#include "core/experiment/permutations.h"
#include "core/report/detail/protocol_line.h"
#include "core/report/html_report.h"
#include "core/report/render_figure.h"
#include "core/report/svg_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace scalescope {
namespace {

double highest_mean(const Scores& scores) {
  double best = scores.front().mean();
  for (const LayerScore& score : scores)
    best = std::max(best, score.mean());
  return best;
}

ReportTable table_of(const CurveFigure& figure, std::span<const int> depths, const std::vector<ProbeLayer>& layers) {
  ReportTable table{{"layer", "depth", "channels"}, {}};
  for (const CurveSeries& series : figure.series) {
    table.header.push_back(series.name);
    table.header.emplace_back("± sd");
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    auto& row = table.rows.emplace_back(
        std::vector{layers[i].name, std::to_string(depths[i]), std::to_string(layers[i].channels)});
    for (const CurveSeries& series : figure.series) {
      row.push_back(cell(series.mean[i]));
      row.push_back(cell(series.standard_deviation[i]));
    }
  }
  return table;
}

/// report.html of an experiment: the curve, its numbers as a table, the settings as recorded, what was left out.
std::string experiment_page(const Analysis& analysis, const Network& network, const AnalysisContext& context,
                            const CurveFigure& figure) {
  const ExperimentText& experiment = *context.experiment;
  const std::string headline =
      experiment.headline.empty() ? headline_of(analysis, context.samples.target_name) : experiment.headline;
  HtmlReport report(experiment.name + ": " + figure.subtitle, headline);
  report.paragraph(experiment.question);
  report.figure(to_svg(figure), headline);
  report.notes(analysis.notes);
  for (const auto& remark : experiment.remarks)
    report.paragraph(remark);
  if (analysis.peak_test) {
    const auto& [peak, chance] = *analysis.peak_test;
    report.paragraph(
        fmt::format("Permutation test of the peak: the highest R² of all layers, on the folds of the first repetition, "
                    "is {}. With the targets permuted {} times, among groups and within them, it was at most {}, and "
                    "{} times it was at least as high: {}.",
                    readable(peak, 3), chance.size(), readable(*std::ranges::max_element(chance), 3),
                    std::ranges::count_if(chance, [&](double r2) { return r2 >= analysis.peak_test->peak; }),
                    p_text(analysis.peak_test->p(), chance.size())));
  }
  report.section("R² by layer").table(table_of(figure, analysis.depths, analysis.layers));
  report.paragraph("The same numbers with all digits are in curve.csv; those of each repetition in analysis.json.");
  Facts facts = facts_of(analysis, network, context);
  facts.emplace_back("rows", std::to_string(analysis.extraction.rows.size()));
  report.section("Settings, seeds, versions").facts(facts);
  report.left_out(left_out_of(analysis, context));
  report.remarks(remarks_of(analysis, context));
  return report.html();
}

} // namespace

std::string headline_of(const Analysis& analysis, const std::string& target) {
  const std::size_t peak = analysis.peak();
  std::string text =
      fmt::format("{} is read best from {}: R² {} ± {} over {} repetitions", target, analysis.layers[peak].name,
                  readable(analysis.scores[peak].mean(), 2), readable(analysis.scores[peak].standard_deviation(), 2),
                  analysis.folds.repetitions.size());
  for (std::size_t i = 0; i < analysis.layers.size(); ++i)
    if (analysis.layers[i].name == "output")
      text += fmt::format("; before the softmax R² is {}", readable(analysis.scores[i].mean(), 2));
    else if (analysis.layers[i].name == "softmax")
      text += fmt::format("; after the softmax R² is {}", readable(analysis.scores[i].mean(), 2));
  for (const ControlCurve& control : analysis.controls)
    text += fmt::format("; with {} at most {}", control.name, readable(highest_mean(control.scores), 2));
  if (analysis.peak_test)
    text += fmt::format(". By a permutation test over all layers, {}",
                        p_text(analysis.peak_test->p(), analysis.peak_test->chance.size()));
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text + ".";
}

CurveFigure curve_figure(const Analysis& analysis, const std::string& network, const SampleSet& samples) {
  CurveFigure figure;
  figure.title = fmt::format("R² of {} by layer", samples.target_name);
  figure.subtitle = fmt::format("{} · {} · {} rows · {}", network, samples.name, analysis.extraction.rows.size(),
                                protocol_line(analysis.folds));
  for (const auto& layer : analysis.layers)
    figure.layers.push_back(layer.name);
  figure.series = curves_of(analysis, network);
  return figure;
}

std::vector<std::string> analysis_files(bool experiment, std::span<const std::string> layers) {
  std::vector<std::string> names = analysis_record_files(layers);
  names.insert(names.end(), {"curve.svg", "curve.png"});
  if (experiment)
    names.emplace_back("report.html");
  return names;
}

void write_analysis(FileSet& files, const Analysis& analysis, const Network& network, const AnalysisContext& context,
                    bool features) {
  write_analysis_record(files, analysis, network, context, features);
  CurveFigure figure = curve_figure(analysis, network.info().name, context.samples);
  if (context.experiment)
    figure.series = curves_of(analysis, network.info().name, context.experiment->more);
  const std::string svg = to_svg(figure);
  const auto png = render_png(svg);
  files.write("curve.svg", svg);
  files.write("curve.png", {reinterpret_cast<const char*>(png.data()), png.size()});
  if (context.experiment)
    files.write("report.html", experiment_page(analysis, network, context, figure));
}

} // namespace scalescope
