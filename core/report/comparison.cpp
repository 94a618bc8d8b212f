#include "core/report/comparison.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/report/curve_figure.h"
#include "core/report/html_report.h"
#include "core/report/line_figure.h"
#include "core/report/svg_text.h"
#include "core/results/record.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace scalescope {

using nlohmann::json;

namespace {

ComparedCurve curve_of(const json& record) {
  const json& model = record.at("model");
  ComparedCurve curve;
  curve.network = model.at("name").get<std::string>() + (model.at("random_weights") ? " (random weights)" : "");
  curve.data = record.at("data").at("name");
  curve.target = record.at("data").at("target");
  if (record.contains("experiment"))
    curve.experiment = record.at("experiment").at("name");
  const auto number = [](const json& value) {
    return value.is_null() ? -std::numeric_limits<double>::infinity() : value.get<double>();
  };
  for (const json& layer : record.at("layers"))
    curve.layers.push_back(
        {layer.at("layer"), layer.at("depth"), 0, number(layer.at("r2_mean")), number(layer.at("r2_sd"))});
  return curve;
}

ComparedCurve read_curve(const std::filesystem::path& folder) {
  const std::filesystem::path file = std::filesystem::is_directory(folder) ? folder / "analysis.json" : folder;
  const json record = json::parse(read_file(file), nullptr, false);
  ComparedCurve curve;
  try {
    curve = curve_of(record);
  } catch (const json::exception&) { // reported below
  }
  if (curve.layers.empty())
    throw Error(
        fmt::format("{} is not an analysis; give the folder that 'analyze' or 'experiment' wrote.", file.string()));
  curve.file = file;
  // Depths grow along the curve, but for layers beside each other.
  const auto [first, last] = std::ranges::minmax(curve.layers, {}, &ComparedLayer::depth);
  for (ComparedLayer& layer : curve.layers)
    layer.place = last.depth == first.depth
                      ? 0
                      : static_cast<double>(layer.depth - first.depth) / static_cast<double>(last.depth - first.depth);
  return curve;
}

// A name from the properties that differ between the curves; if that is not unique, from all properties and the folder.
void name_curves(std::vector<ComparedCurve>& curves) {
  const auto distinct = [&](const auto& name_of) {
    std::set<std::string> names;
    for (ComparedCurve& curve : curves)
      names.insert(curve.name = name_of(curve));
    return names.size() == curves.size();
  };
  if (distinct([](const ComparedCurve& c) { return c.network; }) ||
      distinct([](const ComparedCurve& c) { return c.data; }) ||
      distinct([](const ComparedCurve& c) { return c.network + ", " + c.data; }))
    return;
  distinct([](const ComparedCurve& c) {
    return fmt::format("{}, {} ({})", c.network, c.data, c.file.parent_path().string());
  });
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

json comparison_json(std::span<const ComparedCurve> curves, const std::string& version) {
  json record{{"format", "scalescope comparison 1"}, {"scalescope", version}, {"curves", json::array()}};
  for (const ComparedCurve& curve : curves) {
    json layers = json::array();
    for (const ComparedLayer& layer : curve.layers)
      layers.push_back({{"layer", layer.name},
                        {"depth", layer.depth},
                        {"place", layer.place},
                        {"r2_mean", layer.mean},
                        {"r2_sd", layer.standard_deviation}});
    record["curves"].push_back({{"name", curve.name},
                                {"network", curve.network},
                                {"data", curve.data},
                                {"target", curve.target},
                                {"experiment", curve.experiment},
                                {"file", std::filesystem::absolute(curve.file).string()},
                                {"peak", curve.peak().name},
                                {"layers", layers}});
  }
  return record;
}

std::string comparison_html(std::span<const ComparedCurve> curves, const std::string& svg, const std::string& version) {
  const std::string found = headline(curves);
  HtmlReport report(fmt::format("compare: R² of {} by relative depth", curves.front().target), found);
  report.paragraph("Each curve shows one analysis: how well a linear regression reads the target from each layer's "
                   "pooled features, on held-out rows. Depth counts the layers with weights on the longest path to a "
                   "layer. It is scaled to 0 at the first layer of a curve and 1 at its last, so that networks of "
                   "different depth can be compared. Bars are one standard deviation over the repetitions.");
  report.figure(svg, found);
  report.paragraph("Curves of different data or protocols can differ because of the data or the protocol; each "
                   "analysis.json says what was analysed. This figure does not show whether a difference is more than "
                   "chance; that needs paired repetitions.");
  ReportTable peaks{
      {"curve", "network", "data", "peak at", "depth, 0 to 1", "R²", "± sd", "R² of the last layer"}, {}, 4};
  ReportTable all{{"curve", "layer", "depth", "depth, 0 to 1", "R²", "± sd"}, {}, 2};
  const auto cell = [](double value) { return std::isfinite(value) ? readable(value, 3) : std::string("–"); };
  ReportFacts facts;
  for (const ComparedCurve& curve : curves) {
    const ComparedLayer& peak = curve.peak();
    peaks.rows.push_back({curve.name, curve.network, curve.data, peak.name, readable(peak.place, 2), cell(peak.mean),
                          cell(peak.standard_deviation), cell(curve.layers.back().mean)});
    for (const ComparedLayer& layer : curve.layers)
      all.rows.push_back({curve.name, layer.name, std::to_string(layer.depth), readable(layer.place, 3),
                          cell(layer.mean), cell(layer.standard_deviation)});
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

const ComparedLayer& ComparedCurve::peak() const { return *std::ranges::max_element(layers, {}, &ComparedLayer::mean); }

std::vector<ComparedCurve> read_curves(std::span<const std::filesystem::path> folders) {
  std::vector<ComparedCurve> curves;
  for (const auto& folder : folders)
    curves.push_back(read_curve(folder));
  if (curves.size() < 2)
    throw Error("There is only one analysis; give at least two.");
  for (const ComparedCurve& curve : curves)
    if (curve.target != curves.front().target)
      throw Error(fmt::format("{} has the target \"{}\", but {} has \"{}\"; R2 of different targets can't be compared.",
                              curve.file.string(), curve.target, curves.front().file.string(), curves.front().target));
  name_curves(curves);
  return curves;
}

std::string comparison_csv(std::span<const ComparedCurve> curves) {
  std::string text = "curve,network,data,target,layer,depth,place,r2_mean,r2_sd\n";
  for (const ComparedCurve& curve : curves)
    for (const ComparedLayer& layer : curve.layers)
      text += fmt::format("{},{},{},{},{},{},{},{},{}\n", csv_field(curve.name), csv_field(curve.network),
                          csv_field(curve.data), csv_field(curve.target), csv_field(layer.name), layer.depth,
                          csv_number(layer.place), csv_number(layer.mean), csv_number(layer.standard_deviation));
  return text;
}

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
    FigureLine line{.name = fmt::format("{}: peak {} ± {} at {}", curve.name, readable(peak.mean, 2),
                                        readable(peak.standard_deviation, 2), peak.name),
                    .x = {},
                    .y = {}};
    line.highlighted = &peak - curve.layers.data();
    for (const ComparedLayer& layer : curve.layers) { // those beside each other have one depth: joined in their order
      line.x.push_back(layer.place);
      line.y.push_back(layer.mean);
      line.standard_deviation.push_back(layer.standard_deviation);
      line.titles.push_back(
          fmt::format("{}: {} ± {}", layer.name, readable(layer.mean, 3), readable(layer.standard_deviation, 3)));
      figure.y_low = std::min(figure.y_low, std::max(layer.mean - layer.standard_deviation, lowest_shown));
    }
    figure.lines.push_back(std::move(line));
  }
  figure.y_low = std::floor(figure.y_low / step) * step;
  return to_svg(figure);
}

std::vector<std::filesystem::path> inputs_of(std::span<const ComparedCurve> curves) {
  std::vector<std::filesystem::path> files;
  for (const ComparedCurve& curve : curves) {
    files.push_back(curve.file);
    if (!curve.experiment.empty())
      files.push_back(curve.file.parent_path() / "report.html");
  }
  return files;
}

std::vector<std::string> comparison_files() {
  return {"compare.csv", "compare.svg", "compare.png", "compare.json", "report.html"};
}

void write_comparison(FileSet& files, std::span<const ComparedCurve> curves, const std::string& version) {
  const std::string svg = comparison_svg(curves);
  const auto png = render_png(svg);
  files.write("compare.csv", comparison_csv(curves));
  files.write("compare.svg", svg);
  files.write("compare.png", {reinterpret_cast<const char*>(png.data()), png.size()});
  files.write("compare.json",
              comparison_json(curves, version).dump(1, ' ', false, json::error_handler_t::replace) + "\n");
  files.write("report.html", comparison_html(curves, svg, version));
}

} // namespace scalescope
