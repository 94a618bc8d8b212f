#include "core/report/comparison_report.h"

#include "core/report/html_report.h"
#include "core/report/line_figure.h"
#include "core/report/render_figure.h"
#include "core/report/svg_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace scalescope {
namespace {

// "0.72 [0.64, 0.78]", or "0.72 ± 0.01" without an interval.
std::string r2_of(const ComparedLayer& layer, int decimals) {
  return layer.interval.exists()
             ? fmt::format("{} [{}, {}]", readable(layer.mean, decimals), readable(layer.interval.low, decimals),
                           readable(layer.interval.high, decimals))
             : fmt::format("{} ± {}", readable(layer.mean, decimals), readable(layer.standard_deviation, decimals));
}

std::string interval_cell(const ComparedLayer& layer) {
  return layer.interval.exists() ? fmt::format("{} to {}", cell(layer.interval.low), cell(layer.interval.high)) : "–";
}

bool has_intervals(const ComparedCurve& curve) {
  return std::ranges::any_of(curve.layers, [](const ComparedLayer& layer) { return layer.interval.exists(); });
}

std::string headline(std::span<const ComparedCurve> curves) {
  std::string text = fmt::format("{} is read best", curves.front().target);
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const ComparedLayer& peak = curves[i].peak();
    text += fmt::format("{} from {} at {} (R² {}, at {} of the depth)",
                        i == 0                  ? ""
                        : i + 1 < curves.size() ? ","
                                                : " and",
                        curves[i].name, peak.name, readable(peak.mean, 2), readable(peak.place, 2));
  }
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text + '.';
}

std::string comparison_html(std::span<const ComparedCurve> curves, const std::string& svg, const std::string& version) {
  const std::string found = headline(curves);
  HtmlReport report(fmt::format("compare: R² of {} by relative depth", curves.front().target), found);
  report.paragraph(
      "Each curve shows one analysis: how well a linear regression reads the target from each layer's "
      "pooled features, on held-out rows. Depth counts the layers with weights on the longest path to a "
      "layer. It is scaled to 0 at the first layer of a curve and 1 at its last, so that networks of "
      "different depth can be compared. Bars are 95 % intervals over images, or one standard deviation over "
      "the repetitions for analyses without intervals.");
  report.figure(svg, found);
  report.paragraph("Curves of different data or protocols can differ because of the data or the protocol; each "
                   "analysis.json says what was analysed. This figure does not show whether a difference is more than "
                   "chance; that needs paired repetitions.");
  ReportTable peaks{
      {"curve", "network", "data", "peak at", "depth, 0 to 1", "R²", "± sd", "95 % interval", "R² of the last layer"},
      {},
      4};
  ReportTable all{{"curve", "layer", "depth", "depth, 0 to 1", "R²", "± sd", "95 % interval"}, {}, 2};
  Facts facts;
  for (const ComparedCurve& curve : curves) {
    const ComparedLayer& peak = curve.peak();
    peaks.rows.push_back({curve.name, curve.network, curve.data, peak.name, readable(peak.place, 2), cell(peak.mean),
                          cell(peak.standard_deviation), interval_cell(peak), cell(curve.layers.back().mean)});
    for (const ComparedLayer& layer : curve.layers)
      all.rows.push_back({curve.name, layer.name, std::to_string(layer.depth), readable(layer.place, 3),
                          cell(layer.mean), cell(layer.standard_deviation), interval_cell(layer)});
    facts.emplace_back(curve.name, std::filesystem::absolute(curve.file).string());
  }
  facts.emplace_back("scalescope", version);
  report.section("Peaks").table(peaks);
  report.section("R² by layer").table(all);
  report.paragraph("The same numbers with all digits are in compare.csv.");
  report.section("Where the curves are from").facts(facts);
  return report.html();
}

} // namespace

std::string comparison_svg(std::span<const ComparedCurve> curves) {
  constexpr double step = 0.2;
  constexpr double lowest_shown = -1; // an R2 below it only means "useless"
  LineFigure figure{.title = fmt::format("R² of {} by relative depth", curves.front().target),
                    .x_label = "depth, from the first layer (0) to the last (1)",
                    .y_label = "R²",
                    .x_ticks = {0, 0.25, 0.5, 0.75, 1},
                    .y_low = 0,
                    .y_high = 1,
                    .y_step = step,
                    .logarithmic = false,
                    .lines = {}};
  for (const ComparedCurve& curve : curves) {
    const ComparedLayer& peak = curve.peak();
    FigureLine line{.name = fmt::format("{}: peak {} at {}", curve.name, r2_of(peak, 2), peak.name), .x = {}, .y = {}};
    line.highlighted = &peak - curve.layers.data();
    for (const ComparedLayer& layer : curve.layers) { // those beside each other have one depth: joined in their order
      line.x.push_back(layer.place);
      line.y.push_back(layer.mean);
      line.standard_deviation.push_back(layer.standard_deviation);
      if (has_intervals(curve))
        line.intervals.push_back(layer.interval);
      line.titles.push_back(fmt::format("{}: {}", layer.name, r2_of(layer, 3)));
      const double least = layer.interval.exists() ? layer.interval.low : layer.mean - layer.standard_deviation;
      figure.y_low = std::min(figure.y_low, std::max(least, lowest_shown));
    }
    figure.lines.push_back(std::move(line));
  }
  figure.y_low = std::floor(figure.y_low / step) * step;
  return to_svg(figure);
}

std::vector<std::string> comparison_files() {
  std::vector<std::string> names = comparison_record_files();
  names.insert(names.end(), {"compare.svg", "compare.png", "report.html"});
  return names;
}

void write_comparison(FileSet& files, std::span<const ComparedCurve> curves, const std::string& version) {
  write_comparison_record(files, curves, version);
  const std::string svg = comparison_svg(curves);
  const auto png = render_png(svg);
  files.write("compare.svg", svg);
  files.write("compare.png", {reinterpret_cast<const char*>(png.data()), png.size()});
  files.write("report.html", comparison_html(curves, svg, version));
}

} // namespace scalescope
