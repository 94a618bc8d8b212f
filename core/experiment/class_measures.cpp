#include "core/experiment/class_measures.h"

#include "core/experiment/detail/measure_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace scalescope {
namespace {

using ReadClasses = std::vector<ReadClass> ClassesOfLayer::*;

MeasureFigure mean_figure(const std::vector<ClassesOfLayer>& found, const std::string& target) {
  CurveSeries own{.name = "own regression", .mean = {}, .standard_deviation = {}};
  CurveSeries others{.name = "regression of the other classes", .mean = {}, .standard_deviation = {}};
  for (const ClassesOfLayer& layer : found) {
    own.mean.push_back(layer.mean_own);
    own.intervals.push_back(layer.own_interval);
    others.mean.push_back(layer.mean_others);
    others.intervals.push_back(layer.others_interval);
  }
  return {.file = class_figures[0],
          .title = fmt::format("R² of {} within classes, mean over classes", target),
          .y_label = "R² within a class",
          .caption = "Each class is read by a regression fitted to its own images, and by one fitted only to the other "
                     "classes; means over the classes. Bars: 95 % intervals over images.",
          .curves = {std::move(own), std::move(others)}};
}

MeasureFigure figure_by_class(const std::vector<ClassesOfLayer>& found, const std::vector<ComparedClass>& classes,
                              std::string file, std::string title, std::string caption, ReadClasses which) {
  MeasureFigure figure{.file = std::move(file),
                       .title = std::move(title),
                       .y_label = "R² within the class",
                       .caption = std::move(caption),
                       .curves = {},
                       .with_control = 0,
                       .with_bars = false};
  for (std::size_t i = 0; i < classes.size(); ++i) {
    CurveSeries curve{.name = classes[i].name, .mean = {}, .standard_deviation = {}};
    for (const ClassesOfLayer& layer : found) {
      curve.mean.push_back((layer.*which)[i].r2);
      curve.intervals.push_back((layer.*which)[i].interval);
    }
    figure.curves.push_back(std::move(curve));
  }
  return figure;
}

MeasureTable table_of_classes(const ClassesOfLayer& peak, const std::vector<ComparedClass>& classes,
                              const std::string& layer, const std::string& target) {
  MeasureTable table{.file = class_tables[0],
                     .heading = fmt::format("The classes, and how their {} is read at {}", target, layer),
                     .header = {"class", "images", "objects", "smallest " + target, "largest", "mean", "sd",
                                "R² of own", "interval of own", "R² of others", "interval of others",
                                "correlation of others"},
                     .rows = {}};
  const auto interval = [](const Interval& one) { return fmt::format("[{:.3f}, {:.3f}]", one.low, one.high); };
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const ComparedClass& one = classes[i];
    table.rows.push_back({one.name, std::to_string(one.images), std::to_string(one.rows), number_cell(one.least_target),
                          number_cell(one.largest_target), number_cell(one.mean_target),
                          number_cell(one.target_deviation), number_cell(peak.own[i].r2),
                          interval(peak.own[i].interval), number_cell(peak.others[i].r2),
                          interval(peak.others[i].interval), number_cell(peak.others[i].correlation)});
  }
  return table;
}

std::string answer(const ClassesOfLayer& peak, std::size_t classes, const std::string& layer,
                   const std::string& target) {
  const std::string own = r2_text(peak.mean_own, peak.own_interval);
  if (!(peak.own_interval.low > 0))
    return fmt::format("No layer clearly reads {} within classes: the mean R² over {} classes is {} at most, at {}.",
                       target, classes, own, layer);
  const std::string both = fmt::format("at {} a class's own regression reaches R² {}, that of the other classes {} "
                                       "(means over {} classes; difference {})",
                                       layer, own, r2_text(peak.mean_others, peak.others_interval), classes,
                                       r2_text(peak.mean_own - peak.mean_others, peak.difference));
  if (peak.difference.low > 0)
    return fmt::format("The regressions of the classes differ where own ones are best: {}.", both);
  if (peak.difference.high < 0)
    return fmt::format("The other classes read a class better than it reads itself: {}.", both);
  return fmt::format("A difference between the regressions of the classes is not shown: {}.", both);
}

/// Where the other classes do best, if that is not the layer of the answer.
std::string elsewhere(const std::vector<ClassesOfLayer>& found, std::size_t peak,
                      const std::vector<std::string>& layers) {
  const auto best = std::ranges::max_element(found, {}, &ClassesOfLayer::mean_others);
  const auto at = static_cast<std::size_t>(best - found.begin());
  if (at == peak || !(best->others_interval.low > 0))
    return "";
  return fmt::format(" The other classes do best at {}: R² {}, where the own regression reaches {}.", layers[at],
                     r2_text(best->mean_others, best->others_interval), r2_text(best->mean_own, best->own_interval));
}

ExperimentText class_text(const std::vector<ClassesOfLayer>& found, std::size_t peak,
                          const std::vector<ComparedClass>& classes, const std::vector<std::string>& layers,
                          const std::string& target) {
  return {
      .name = "by-class",
      .headline = answer(found[peak], classes.size(), layers[peak], target) + elsewhere(found, peak, layers),
      .question = fmt::format(
          "Is {} read by the same regression for each class of objects? Every row is an unchanged annotated image. "
          "R² is measured within each class, on rows that were held out: of a regression fitted to that class alone, "
          "and of one fitted only to the other classes.",
          target),
      .settings = {{"target", target},
                   {"least images of a class", std::to_string(least_images_of_class)},
                   {"most classes", std::to_string(most_classes)}},
      .more = {},
      .remarks = {
          "If the regression of the other classes reads a class as well as its own does, one regression serves all "
          "these classes. If it reads it less well, there are several possible reasons: other channels carry the "
          "scale of this class; the same channels do, but another number is added or multiplied; or the scales of the "
          "class lie outside those of the others, where held-out features are clipped. The correlation in the table "
          "helps to tell them apart: it is near that of the own regression if only a number is added or multiplied.",
          "The two regressions are not fitted to the same number of images. A class alone has fewer than the others "
          "together, and from fewer images less is read. So the own regression can be the worse one even if classes "
          "differ, and is often so in early layers. R² is relative to the variance within the class: a class with a "
          "small range of scales has a lower R² for the same errors. The table gives each class's images and range.",
          "In the intervals of the means, each class's images are drawn among themselves. They do not contain how "
          "the regressions would change with other images, nor other classes."}};
}

} // namespace

LayerMeasures class_measures(const std::vector<ClassesOfLayer>& found, const std::vector<ComparedClass>& classes,
                             std::vector<std::string> layers, std::vector<int> depths, const std::string& target) {
  const auto peak =
      static_cast<std::size_t>(std::ranges::max_element(found, {}, &ClassesOfLayer::mean_own) - found.begin());
  LayerMeasures made{
      .text = class_text(found, peak, classes, layers, target),
      .layers = {},
      .depths = std::move(depths),
      .figures = {mean_figure(found, target),
                  figure_by_class(found, classes, class_figures[1], "R² of each class's own regression",
                                  "The regression is fitted to the class alone. Intervals over images are in "
                                  "measures.csv.",
                                  &ClassesOfLayer::own),
                  figure_by_class(found, classes, class_figures[2], "R² of the regression of the other classes",
                                  "The regression is fitted only to the other classes. Intervals over images are in "
                                  "the table below.",
                                  &ClassesOfLayer::others)},
      .tables = {table_of_classes(found[peak], classes, layers[peak], target)}};
  made.layers = std::move(layers);
  return made;
}

LayerMeasures scale_by_class(const Network& network, const SampleSet& samples, const ExtractionSettings& settings,
                             ScaleMeasure measure, int repetitions, std::uint32_t seed, const std::stop_token& stop,
                             const JobCallback& progress) {
  Extraction extraction = observed_scales(network, samples.samples, settings, measure, stop, progress);
  std::unordered_map<std::string, std::string> category_of;
  for (const Sample& sample : samples.samples)
    category_of.emplace(sample.id, sample.category);
  std::vector<std::string> categories;
  std::vector<std::string> groups;
  std::vector<double> targets;
  for (const Row& row : extraction.rows) {
    categories.push_back(category_of.at(row.id));
    groups.push_back(row.group);
    targets.push_back(row.target);
  }
  const auto classes = classes_to_compare(categories, groups, targets, samples.name);
  const auto found = layers_by_class(extraction, categories, classes, repetitions, seed, network.info().threads, stop,
                                     fitting_progress(progress));
  LayerMeasures made =
      class_measures(found, classes, settings.layers, depths_of(network, settings.layers), target_name_of(measure));
  made.text.settings.emplace_back("repetitions", std::to_string(repetitions));
  add_extraction(made, std::move(extraction));
  return made;
}

} // namespace scalescope
