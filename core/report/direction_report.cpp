#include "core/report/direction_report.h"

#include "core/base/statistics.h"
#include "core/experiment/permutations.h"
#include "core/report/curve_figure.h"
#include "core/report/html_report.h"
#include "core/report/svg_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace scalescope {

namespace {

// The layer with the best R2.
const LayerDirection& best(const Directions& directions) {
  return *std::ranges::max_element(directions.layers, {}, [](const LayerDirection& l) { return l.score.mean(); });
}

std::string use_of(const LayerDirection& layer, const std::string& target) {
  if (layer.sensitivity.empty())
    return fmt::format("Use of {} is not shown: no path leads from {} to the class's output", target, layer.layer);
  if (layer.means_by_chance.empty())
    return fmt::format("Use of {} is not shown: there are no permuted targets to compare with", target);
  if (layer.p() > 0.05)
    return fmt::format(
        "Use of {} is not shown: along the vector of {} the class's output changes no more than by chance, {}", target,
        layer.layer, p_text(layer.p(), layer.means_by_chance.size()));
  return fmt::format("A step along the vector of {} raises the class's output for {} of the images (for {} along "
                     "vectors of permuted targets); for the mean change, {}",
                     layer.layer, cell(layer.positive(), 2), cell(mean_of(layer.positive_by_chance), 2),
                     p_text(layer.p(), layer.means_by_chance.size()));
}

std::string headline(const Directions& directions, const std::string& target) {
  const LayerDirection& layer = best(directions);
  return fmt::format("{}. At {}, where {} is read best (R² {}), the vectors of two halves of the images have a cosine "
                     "of {} (by chance {}).",
                     use_of(layer, target), layer.layer, target, cell(layer.score.mean(), 2),
                     cell(mean_of(layer.halves), 2), cell(mean_of(layer.halves_by_chance), 2));
}

template <typename Mean, typename Deviation>
CurveSeries series(const Directions& directions, const std::string& name, bool control, const Mean& mean,
                   const Deviation& standard_deviation) {
  CurveSeries made{name, {}, {}, control};
  for (const LayerDirection& layer : directions.layers) {
    made.mean.push_back(mean(layer));
    made.standard_deviation.push_back(standard_deviation(layer));
  }
  return made;
}

CurveFigure figure_of(const Directions& directions, const std::string& title, const std::string& subtitle,
                      const std::string& y_label) {
  CurveFigure figure;
  figure.title = title;
  figure.subtitle = subtitle;
  figure.y_label = y_label;
  figure.mark_peak = false;
  for (const LayerDirection& layer : directions.layers)
    figure.layers.push_back(layer.layer);
  return figure;
}

CurveFigure stability(const Directions& directions, const std::string& subtitle) {
  CurveFigure figure = figure_of(directions, "Stability of the regression vector, by layer", subtitle, "cosine");
  figure.series = {series(
                       directions, "two halves of the images, mean ± sd", false,
                       [](const LayerDirection& l) { return mean_of(l.halves); },
                       [](const LayerDirection& l) { return standard_deviation_of(l.halves); }),
                   series(
                       directions, "smaller and larger targets", false,
                       [](const LayerDirection& l) { return l.small_to_large; },
                       [](const LayerDirection&) { return 0.0; }),
                   series(
                       directions, "two halves, targets permuted", true,
                       [](const LayerDirection& l) { return mean_of(l.halves_by_chance); },
                       [](const LayerDirection& l) { return standard_deviation_of(l.halves_by_chance); })};
  return figure;
}

CurveFigure sensitivity(const Directions& directions, const std::string& subtitle) {
  CurveFigure figure = figure_of(directions, "Sensitivity of the class's output along the vector, by layer", subtitle,
                                 "share of images, relevance");
  const auto no_deviation = [](const LayerDirection&) { return 0.0; };
  figure.series = {
      series(
          directions, "images with positive sensitivity", false, [](const LayerDirection& l) { return l.positive(); },
          no_deviation),
      series(
          directions, "relevance Br", false, [](const LayerDirection& l) { return l.relevance(); }, no_deviation),
      series(
          directions, "positive sensitivity, targets permuted", true,
          [](const LayerDirection& l) { return l.positive_by_chance_mean(); },
          [](const LayerDirection& l) {
            return l.positive_by_chance.empty() ? 0.0 : standard_deviation_of(l.positive_by_chance);
          })};
  return figure;
}

std::string page(const Directions& directions, const Network& network, const DirectionContext& context,
                 const CurveFigure& stable, const CurveFigure& sensitive) {
  HtmlReport report("direction: " + stable.subtitle, headline(directions, context.samples.target_name));
  report.paragraph("Is there one direction in a layer's features along which the target grows, and does the network's "
                   "prediction change along it? A layer's vector holds the weights of the ridge regression of the "
                   "target on the means of the layer's channels, in the features' own units, scaled to length 1 "
                   "(Regression Concept Vectors, Graziani et al. 2018).");
  report.figure(to_svg(stable), "Stability: the cosine between the vectors of two random halves of the images; between "
                                "those of the rows with the smaller and with the larger targets; and between those of "
                                "two halves with permuted targets, which shows what chance gives.");
  report.figure(to_svg(sensitive),
                "Use: the share of images for which the class's output before the softmax rises along the vector; and "
                "the bidirectional relevance, R² times the mean of the derivative divided by its standard deviation.");
  report.notes(directions.notes);
  ReportTable table{{"layer", "R²", "cosine of halves", "± sd", "permuted", "± sd", "small and large",
                     "mean sensitivity", "± sd", "positive", "permuted", "Br", "p"},
                    {}};
  for (const LayerDirection& l : directions.layers)
    table.rows.push_back({l.layer, cell(l.score.mean()), cell(mean_of(l.halves)), cell(standard_deviation_of(l.halves)),
                          cell(mean_of(l.halves_by_chance)), cell(standard_deviation_of(l.halves_by_chance)),
                          cell(l.small_to_large), cell(l.mean_sensitivity(), 4), cell(l.sensitivity_deviation(), 4),
                          cell(l.positive()), cell(l.positive_by_chance_mean()), cell(l.relevance()),
                          std::isfinite(l.p()) ? p_number(l.p(), l.means_by_chance.size()) : cell(l.p())});
  report.section("By layer").table(table);
  report.paragraph("The sensitivity is the derivative of the output for a step of length 1 along the vector, spread "
                   "evenly over all positions of the map. The features of layers differ in magnitude, so compare sign, "
                   "share and Br between layers, not the mean. p tells how often the mean is at least as far from 0 "
                   "along vectors of permuted targets. It is for one layer and not corrected for several layers.");
  report.paragraph(
      "A low cosine does not mean that the target can't be read: if channels are correlated, different vectors read it "
      "equally well. Fits to half of the images are noisier than a fit to all, so the cosine is that of vectors from "
      "half as many images. The halves with smaller and larger targets each cover a smaller range. A derivative holds "
      "for small steps. It shows how the output changes along the vector, not why: everything that is correlated with "
      "the target in these images also changes the output. It does not prove that the network uses the target.");
  report.section("Settings, seeds, versions").facts(facts_of(directions, network, context));
  report.left_out(left_out_of(directions, context));
  report.remarks(remarks_of(directions, context));
  return report.html();
}

} // namespace

std::vector<std::string> direction_files() {
  std::vector<std::string> names = direction_record_files();
  names.insert(names.end(), {"stability.svg", "sensitivity.svg", "report.html"});
  return names;
}

void write_directions(FileSet& files, const Directions& directions, const Network& network,
                      const DirectionContext& context) {
  write_direction_record(files, directions, network, context);
  const std::string subtitle =
      fmt::format("{} · {} · {} rows", network.info().name, context.samples.name, directions.rows);
  const CurveFigure stable = stability(directions, subtitle);
  const CurveFigure sensitive = sensitivity(directions, subtitle);
  files.write("stability.svg", to_svg(stable));
  files.write("sensitivity.svg", to_svg(sensitive));
  files.write("report.html", page(directions, network, context, stable, sensitive));
}

} // namespace scalescope
