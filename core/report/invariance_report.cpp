#include "core/report/invariance_report.h"

#include "core/report/curve_figure.h"
#include "core/report/html_report.h"
#include "core/report/line_figure.h"
#include "core/report/svg_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace scalescope {

namespace {

std::string per_cent(double share) { return readable(100 * share, share < 0.1 ? 1 : 0) + " %"; }

// The step that differs most from the reference in the predictions, or in the last layer if there are no classes.
const InvarianceStep& worst(const std::vector<InvarianceStep>& steps) {
  return *std::ranges::min_element(steps, {}, [](const InvarianceStep& step) {
    return std::isnan(step.agreement) ? step.cosine.back() : step.agreement;
  });
}

std::string headline(const Invariance& invariance) {
  const InvarianceStep& by_scale = worst(invariance.object_scale);
  const InvarianceStep& by_size = worst(invariance.image_size);
  const auto said = [&](const InvarianceStep& step) {
    return invariance.has_classes
               ? fmt::format("the likeliest class stays for {} of the images", per_cent(step.agreement))
               : fmt::format("the cosine of the last layer falls to {}", readable(step.cosine.back(), 2));
  };
  return fmt::format("With objects at {} of the image, {}. With images of {} px, {}.", per_cent(by_scale.value),
                     said(by_scale), by_size.value, said(by_size));
}

std::string answers_figure(const Invariance& invariance, bool of_scale) {
  const auto& steps = of_scale ? invariance.object_scale : invariance.image_size;
  LineFigure figure{.title = of_scale ? "Same prediction when the object's scale changes"
                                      : "Same prediction when the image's size changes",
                    .x_label = of_scale ? "object scale: area of its box over area of the image" : "side in pixels",
                    .y_label = invariance.has_classes ? "share, probability" : "cosine",
                    .x_ticks = {},
                    .y_low = 0,
                    .y_high = 1,
                    .y_step = 0.2,
                    .logarithmic = true,
                    .lines = {}};
  FigureLine agreement{.name = "images whose likeliest class is that of the reference", .x = {}, .y = {}};
  FigureLine probability{.name = "probability of the reference's likeliest class, mean", .x = {}, .y = {}};
  FigureLine last{
      .name = fmt::format("cosine of {} to the reference, mean ± sd", invariance.layers.back()), .x = {}, .y = {}};
  for (const InvarianceStep& step : steps) {
    figure.x_ticks.push_back(step.value);
    for (FigureLine* line : {&agreement, &probability, &last})
      line->x.push_back(step.value);
    agreement.y.push_back(step.agreement);
    probability.y.push_back(step.probability);
    last.y.push_back(step.cosine.back());
    last.standard_deviation.push_back(step.cosine_deviation.back());
    figure.y_low = std::min(figure.y_low, std::floor(step.cosine.back() * 5) / 5);
  }
  if (invariance.has_classes)
    figure.lines = {agreement, probability};
  figure.lines.push_back(last);
  return to_svg(figure);
}

CurveFigure cosine_figure(const Invariance& invariance, const std::string& subtitle) {
  CurveFigure figure;
  figure.title = "Similarity of features to those of the reference, by layer";
  figure.subtitle = subtitle;
  figure.y_label = "cosine, mean ± sd";
  figure.layers = invariance.layers;
  const auto add = [&](const InvarianceStep& step, const std::string& name) {
    figure.series.push_back({name, step.cosine, step.cosine_deviation, false});
  };
  add(invariance.object_scale.front(), fmt::format("objects at {}", per_cent(invariance.object_scale.front().value)));
  if (invariance.object_scale.size() > 1)
    add(invariance.object_scale.back(), fmt::format("objects at {}", per_cent(invariance.object_scale.back().value)));
  add(invariance.image_size.front(), fmt::format("images of {} px", invariance.image_size.front().value));
  if (invariance.image_size.size() > 1)
    add(invariance.image_size.back(), fmt::format("images of {} px", invariance.image_size.back().value));
  return figure;
}

ReportTable answers_table(const std::vector<InvarianceStep>& steps, const std::string& what, bool as_share,
                          const std::string& last_layer) {
  ReportTable table{{what, "images", "same likeliest class", "probability", "cosine of " + last_layer, "± sd"}, {}};
  for (const InvarianceStep& step : steps)
    table.rows.push_back({as_share ? per_cent(step.value) : fmt::format("{}", step.value), std::to_string(step.images),
                          cell(step.agreement), cell(step.probability), cell(step.cosine.back()),
                          cell(step.cosine_deviation.back())});
  return table;
}

std::string page(const Invariance& invariance, const Network& network, const InvarianceContext& context,
                 const CurveFigure& cosine) {
  const std::string found = headline(invariance);
  HtmlReport report("invariance: " + cosine.subtitle, found);
  report.paragraph(
      fmt::format("How much of the network's output stays the same when an object's scale changes, and when the "
                  "image's size changes? The reference is each unchanged image, at {} px. Objects are shown at other "
                  "scales in their own image, with the area behind them filled. Whole images are shown at other sizes. "
                  "The features of a layer are the means of its channels over all positions.",
                  invariance.reference_size));
  report.figure(answers_figure(invariance, true), "By the object's scale.");
  report.table(answers_table(invariance.object_scale, "object scale", true, invariance.layers.back()));
  report.figure(answers_figure(invariance, false), "By the image's size.");
  report.table(answers_table(invariance.image_size, "side in px", false, invariance.layers.back()));
  report.figure(to_svg(cosine), "The cosine between a layer's features and those of the reference.");
  report.paragraph("A cosine near 1 does not mean that scale can't be read: a small part of the features that depends "
                   "on scale is enough for a regression. If all features of a layer are positive, the cosine is always "
                   "high; compare steps of one layer, not layers. An object is moved only as far as needed to lie "
                   "within the image. Segmenting and filling leave traces of their own.");
  if (!invariance.has_classes)
    report.paragraph("This network gives no class probabilities, so the report contains none.");
  ReportTable table{{"layer", "depth"}, {}};
  for (const CurveSeries& series : cosine.series) {
    table.header.push_back(series.name);
    table.header.emplace_back("± sd");
  }
  for (std::size_t i = 0; i < invariance.layers.size(); ++i) {
    auto& row = table.rows.emplace_back(std::vector{invariance.layers[i], std::to_string(invariance.depths[i])});
    for (const CurveSeries& series : cosine.series) {
      row.push_back(cell(series.mean[i]));
      row.push_back(cell(series.standard_deviation[i]));
    }
  }
  report.section("Cosine by layer").table(table);
  report.paragraph("All steps with all digits are in answers.csv and cosine.csv.");
  report.section("Settings, seeds, versions").facts(facts_of(invariance, network, context));
  report.left_out(left_out_of(invariance, context));
  report.remarks(remarks_of(invariance, context));
  return report.html();
}

} // namespace

std::vector<std::string> invariance_files() {
  std::vector<std::string> names = invariance_record_files();
  names.insert(names.end(), {"object-scale.svg", "image-size.svg", "cosine.svg", "report.html"});
  return names;
}

void write_invariance(FileSet& files, const Invariance& invariance, const Network& network,
                      const InvarianceContext& context) {
  write_invariance_record(files, invariance, network, context);
  const CurveFigure cosine =
      cosine_figure(invariance, fmt::format("{} · {} · reference: unchanged images, at {} px", network.info().name,
                                            context.samples.name, invariance.reference_size));
  files.write("object-scale.svg", answers_figure(invariance, true));
  files.write("image-size.svg", answers_figure(invariance, false));
  files.write("cosine.svg", to_svg(cosine));
  files.write("report.html", page(invariance, network, context, cosine));
}

} // namespace scalescope
