#include "core/experiment/two_objects_text.h"

#include "core/base/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace scalescope {
namespace {

std::string name_of_ratio(double ratio) { return fmt::format("{:g}:1", ratio); }

std::string two_decimals(double value) { return std::isfinite(value) ? fmt::format("{:.2f}", value) : "-"; }

std::string interval_text(const Interval& interval) {
  return interval.exists() ? fmt::format("[{:.2f}, {:.2f}]", interval.low, interval.high) : "-";
}

std::string with_interval(const Estimate& one) {
  return one.interval.exists() ? fmt::format("{} {}", two_decimals(one.value), interval_text(one.interval))
                               : two_decimals(one.value);
}

// @param estimate_of of the layer with that number.
template <typename EstimateOf>
CurveSeries curve_of(std::string name, std::size_t layers, const EstimateOf& estimate_of) {
  CurveSeries curve{std::move(name), {}, {}};
  for (std::size_t l = 0; l < layers; ++l) {
    const Estimate& one = estimate_of(l);
    curve.mean.push_back(std::isfinite(one.value) ? one.value : std::numeric_limits<double>::quiet_NaN());
    curve.intervals.push_back(one.interval);
  }
  return curve;
}

CurveSeries reference(std::string name, std::size_t layers, double value) {
  return {
      .name = std::move(name), .mean = std::vector<double>(layers, value), .standard_deviation = {}, .control = true};
}

MeasureFigure exponent_figure(const TwoObjects& found) {
  const std::size_t layers = found.layers.size();
  return {
      two_objects_figures[0],
      "How strongly size decides between two objects, by layer",
      "exponent of size",
      "An object with r times the area has r to the power of this number times the weight in the answer for both. 0: "
      "size makes no difference. 1: the weights are as the areas. Above 1: the larger object has more than its share "
      "of the area. Bars: 95 % intervals over images; there is none where the smaller object may have no weight at "
      "all.",
      {curve_of("exponent of size", layers, [&](std::size_t l) { return found.exponents[l]; }),
       reference("as the areas", layers, 1)}};
}

MeasureFigure share_figure(const TwoObjects& found) {
  MeasureFigure figure{
      two_objects_figures[1],
      "Share of the larger object in the answer for both, by layer",
      "share of the larger object",
      "1: only the larger object counts. 0.5: size makes no difference. Dashed: the larger object's share of the "
      "area, which a layer has whose features are means over the image. Bars: 95 % intervals over images.",
      {}};
  for (const RatioMeasures& one : found.ratios)
    if (one.ratio > 1)
      figure.curves.push_back(curve_of("areas " + name_of_ratio(one.ratio), found.layers.size(),
                                       [&](std::size_t l) { return one.layers[l].share; }));
  for (const RatioMeasures& one : found.ratios)
    if (one.ratio > 1)
      figure.curves.push_back(
          reference("share of the area at " + name_of_ratio(one.ratio), found.layers.size(), one.area_share));
  return figure;
}

MeasureFigure explained_figure(const TwoObjects& found) {
  MeasureFigure figure{two_objects_figures[2],
                       "How well the answer for both is explained by those for each, by layer",
                       "R²",
                       "1: the features for two objects are exactly a weighted sum of those for each object alone. "
                       "0: they have nothing to do with them. Where R² is low, the two objects together are "
                       "something else for the layer than one and the other.",
                       {}};
  for (const RatioMeasures& one : found.ratios)
    figure.curves.push_back(curve_of("areas " + name_of_ratio(one.ratio), found.layers.size(),
                                     [&](std::size_t l) { return one.layers[l].explained; }));
  return figure;
}

// The last layer that is no softmax: what is said in one sentence is said of it.
std::size_t spoken_layer(const TwoObjects& found) {
  std::size_t last = found.layers.size() - 1;
  while (last > 0 && found.layers[last] == "softmax")
    --last;
  return last;
}

MeasureTable table_of(const TwoObjects& found) {
  const std::size_t layer = spoken_layer(found);
  const bool classes = found.ratios.front().classes.has_value();
  MeasureTable table{two_objects_table,
                     fmt::format("At {}, by ratio of the areas", found.layers[layer]),
                     {"areas", "images", "share of the area", "weight of the larger", "weight of the smaller",
                      "share of the larger", "95 % interval", "R²"},
                     {}};
  if (classes)
    table.header.insert(table.header.end(), {"images with two classes", "class of one of the two",
                                             "of these the larger's", "95 % interval of the larger's"});
  for (const RatioMeasures& one : found.ratios) {
    const LayerMixture& mixture = one.layers[layer];
    const auto interval = [&](const Estimate& of) { return interval_text(one.ratio > 1 ? of.interval : Interval{}); };
    auto& row = table.rows.emplace_back(
        std::vector{name_of_ratio(one.ratio), std::to_string(one.images), two_decimals(one.area_share),
                    two_decimals(mixture.weight_of_larger), two_decimals(mixture.weight_of_smaller),
                    two_decimals(mixture.share.value), interval(mixture.share), two_decimals(mixture.explained.value)});
    if (classes)
      row.insert(row.end(), {std::to_string(one.classes->images), two_decimals(one.classes->either.value),
                             two_decimals(one.classes->larger.value), interval(one.classes->larger)});
  }
  return table;
}

// "more than its share of the area (0.80)".
std::string compared(const Estimate& share, double area) {
  const Interval& interval = share.interval;
  if (!interval.exists())
    return fmt::format("its share of the area is {:.2f}", area);
  if (interval.low > area)
    return fmt::format("more than its share of the area ({:.2f})", area);
  if (interval.high >= area)
    return interval.low > 0.5 ? fmt::format("about its share of the area ({:.2f})", area)
                              : "so it is not shown that size makes a difference";
  if (interval.low > 0.5)
    return fmt::format("more than half, but less than its share of the area ({:.2f})", area);
  if (interval.high >= 0.5)
    return fmt::format("about half, though its share of the area is {:.2f}", area);
  return fmt::format("less than half, though its share of the area is {:.2f}", area);
}

// The ratio above 1 that is nearest to 4.
const RatioMeasures& spoken_ratio(const TwoObjects& found) {
  const RatioMeasures* nearest = &found.ratios.back(); // above 1
  for (const RatioMeasures& one : found.ratios)
    if (one.ratio > 1 && std::abs(std::log(one.ratio / 4)) < std::abs(std::log(nearest->ratio / 4)))
      nearest = &one;
  return *nearest;
}

std::string headline_of_pairs(const TwoObjects& found) {
  const std::size_t layer = spoken_layer(found);
  const RatioMeasures& one = spoken_ratio(found);
  if (!std::isfinite(one.layers[layer].share.value))
    return fmt::format("Which of two objects the answer at {} follows can't be told: it has no share of either.",
                       found.layers[layer]);
  std::string headline = fmt::format("Of two objects, the one {:g} times as large has {} of the answer at {}: {}.",
                                     one.ratio, with_interval(one.layers[layer].share), found.layers[layer],
                                     compared(one.layers[layer].share, one.area_share));
  if (one.classes && std::isfinite(one.classes->larger.value))
    headline += fmt::format(
        " Where the likeliest class is that of one of the two, it is the larger one's in {:.0f} % of {:.0f} images.",
        100 * one.classes->larger.value, one.classes->either.value * static_cast<double>(one.classes->images));
  return headline;
}

} // namespace

LayerMeasures measures_of(const TwoObjects& found, const PairImages& images) {
  const PairSettings& settings = images.settings();
  LayerMeasures made;
  made.text.name = "two-objects";
  made.text.headline = headline_of_pairs(found);
  made.text.question =
      "If an image shows two objects of different size, which one does the network's answer follow? Every object is "
      "segmented and shown beside one of another image, each in one half of a plain ground. The sum of their areas "
      "is always the same; their ratio changes. Each of the two is the larger and the smaller one, on the left and "
      "on the right. The features of a layer for both objects are compared with those for each object alone, where "
      "it takes as much area as both together do.";
  made.text.settings = {
      {"ratios of areas", fmt::format("{:g}", fmt::join(images.ratios(), ", "))},
      {"area of both boxes", fmt::format("{:g} of the image", settings.area)},
      {"objects", std::to_string(images.cut_outs().objects.size())},
      {"pairs", std::to_string(images.pairs().size())},
      {"ground", fmt::format("red {}, green {}, blue {}", images.ground()[0], images.ground()[1], images.ground()[2])},
      {"most enlarged", fmt::format("{:g}", settings.most_enlarged)},
      {"cut out", text_of(settings.cut.by)},
      {"soft edge", fmt::format("{:g} of the object's side", settings.cut.feather)},
      {"seed of pairs and segmenting", std::to_string(settings.seed)}};
  made.text.remarks = {
      "Each object alone takes as much area as both together do. So the features for both are a weighted average of "
      "those for each alone if a layer's features are means over the image, and the weights are the shares of the "
      "area. The weights a and b are fitted by least squares, and the share of the larger object is a / (a + b). "
      "With areas 1:1 it is 0.5, because each of the two counts as the larger one.",
      "A small object's features may differ from those of the same object shown large, for instance because it is no "
      "longer recognised. This lowers its weight, too.",
      "A share above that of the area says that the layer favours the larger object. A share equal to it need not "
      "mean that the layer knows objects at all: means over the image give each part of it its say.",
      "The ground is plain, which that of photographs is not. Segmented objects have edges, and they take less of "
      "the image than in most photographs. Each object stands in the middle of its half: other places were not tried."};
  made.layers = found.layers;
  made.depths = found.depths;
  made.figures = {exponent_figure(found), share_figure(found), explained_figure(found)};
  made.tables = {table_of(found)};
  made.left_out = images.cut_outs().left_out;
  made.remarks = images.cut_outs().remarks;
  if (!found.ratios.back().layers[spoken_layer(found)].share.interval.exists())
    made.notes.emplace_back("There are no intervals over images: they need objects of at least 20 images.");
  return made;
}

} // namespace scalescope
