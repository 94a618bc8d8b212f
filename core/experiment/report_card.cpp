#include "core/experiment/report_card.h"

#include "core/base/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace scalescope {
namespace {

const std::string& name_of(const Analysis& analysis, std::size_t layer) { return analysis.layers[layer].name; }

Interval interval_of(const Analysis& analysis, std::size_t layer) {
  return analysis.uncertainty ? analysis.uncertainty->layers[layer].interval : Interval{};
}

double highest(const Scores& scores) { return scores[peak_of(scores)].mean(); }

void add_object_scale(const Analysis& analysis, std::vector<CardEntry>& entries) {
  const std::string group = "object scale";
  const std::size_t peak = analysis.peak();
  const auto deepest = *std::ranges::max_element(analysis.depths);
  entries.push_back({group, "highest R2", name_of(analysis, peak), analysis.scores[peak].mean(),
                     interval_of(analysis, peak),
                     "How well a linear regression reads the object's scale from the layer that holds most of it."});
  entries.push_back({group,
                     "depth of the highest R2",
                     name_of(analysis, peak),
                     static_cast<double>(analysis.depths[peak]) / deepest,
                     {},
                     "Convolutions and linear layers up to that layer, as a share of all."});
  for (const ControlCurve& control : analysis.controls)
    entries.push_back({group,
                       "highest R2, " + control.name,
                       name_of(analysis, peak_of(control.scores)),
                       highest(control.scores),
                       {},
                       control.name == "random weights" ? "The same for networks of this shape that learnt nothing."
                                                        : "The same for permuted targets: 0 or less is right."});
  if (analysis.peak_test)
    entries.push_back({group,
                       "p of the highest R2",
                       "",
                       analysis.peak_test->p(),
                       {},
                       "Of the null hypothesis that no layer reads the scale (permutation test)."});
  if (!analysis.uncertainty)
    return;
  for (const PeakDifference& difference : analysis.uncertainty->differences)
    entries.push_back({"readout", "less R2 at " + difference.from.words, name_of(analysis, difference.from.layer),
                       difference.value, difference.interval,
                       "Subtracted from the highest R2: what is lost where features are usually read."});
}

// The deepest layer before the classes; the deepest of all if there is no other.
std::size_t before_classes(const std::vector<std::string>& layers) {
  std::size_t last = layers.size() - 1;
  while (last > 0 && (layers[last] == "output" || layers[last] == "softmax"))
    --last;
  return last;
}

void add_invariance(const Invariance& invariance, std::vector<CardEntry>& entries) {
  const std::size_t last = before_classes(invariance.layers);
  const auto add = [&](const InvarianceStep& step, const std::string& shown) {
    entries.push_back({"invariance",
                       "same likeliest class, " + shown,
                       "",
                       step.agreement,
                       {},
                       "Share of the images whose likeliest class is that of the unchanged image."});
    entries.push_back({"invariance",
                       "cosine, " + shown,
                       invariance.layers[last],
                       step.cosine[last],
                       {},
                       "Between the pooled features and those of the unchanged image."});
  };
  for (const InvarianceStep* step : {&invariance.object_scale.front(), &invariance.object_scale.back()})
    add(*step, fmt::format("objects at {:.3g} %", 100 * step->value));
  for (const InvarianceStep* step : {&invariance.image_size.front(), &invariance.image_size.back()})
    add(*step, fmt::format("images of {:g} px", step->value));
}

void add_equivariance(const LayerMeasures& measures, std::vector<CardEntry>& entries) {
  const std::vector<CurveSeries>& moving = measures.figures.at(0).curves;
  const std::vector<CurveSeries>& staying = measures.figures.at(1).curves;
  std::size_t last = measures.layers.size() - 1; // with positions
  while (last > 0 && !std::isfinite(moving[0].mean[last]))
    --last;
  for (const std::size_t layer : {std::size_t{0}, last}) {
    entries.push_back({"equivariance", "equivariance, " + moving[0].name, measures.layers[layer], moving[0].mean[layer],
                       moving[0].intervals[layer],
                       "Mean canonical correlation of the maps of an image and of its enlarged middle."});
    entries.push_back({"equivariance", "invariance of maps, " + staying[0].name, measures.layers[layer],
                       staying[0].mean[layer], staying[0].intervals[layer],
                       "Mean correlation of the two at the same positions."});
  }
}

void add_noise(const Analysis& noise, const std::string& peak, std::vector<CardEntry>& entries) {
  const std::string meaning =
      "How well the size in pixels is read from noise. There is no object: only zero padding can reveal it.";
  const std::size_t highest_layer = noise.peak();
  entries.push_back({"padding", "R2 of the size of noise images, highest", name_of(noise, highest_layer),
                     noise.scores[highest_layer].mean(), interval_of(noise, highest_layer), meaning});
  for (std::size_t layer = 0; layer < noise.layers.size(); ++layer)
    if (name_of(noise, layer) == peak && layer != highest_layer)
      entries.push_back({"padding", "R2 of the size of noise images", peak, noise.scores[layer].mean(),
                         interval_of(noise, layer), meaning});
}

void add_magnification(const Transfer& transfer, std::vector<CardEntry>& entries) {
  for (const TransferLayer& layer : transfer.layers) {
    const std::string where = layer.name == transfer.full_layer ? ", whole network" : ", pruned network";
    entries.push_back({"magnification",
                       "R2 of log2 of the magnification" + where,
                       layer.name,
                       mean_of(layer.magnification.r2),
                       {},
                       "Of cells under a microscope."});
    entries.push_back({"magnification",
                       "error of the magnification, factor" + where,
                       layer.name,
                       std::exp2(mean_of(layer.magnification.error)),
                       {},
                       "2 to the power of the mean absolute error of log2: 1.2 is 20 % off."});
  }
}

} // namespace

ReportCard report_card_of(const CardParts& parts) {
  ReportCard card;
  const Analysis& curve = parts.object_scale;
  add_object_scale(curve, card.entries);
  add_invariance(parts.invariance, card.entries);
  add_equivariance(parts.equivariance, card.entries);
  add_noise(parts.noise, name_of(curve, curve.peak()), card.entries);
  add_magnification(parts.magnification, card.entries);
  const Interval interval = interval_of(curve, curve.peak());
  card.headline =
      fmt::format("R2 of object scale is highest at {}, {:.2f} [{:.2f}, {:.2f}].", name_of(curve, curve.peak()),
                  curve.scores[curve.peak()].mean(), interval.low, interval.high);
  if (const InvarianceStep& small = parts.invariance.object_scale.front(); std::isfinite(small.agreement))
    card.headline +=
        fmt::format(" The likeliest class stays for {:.0f} % of the images when objects are shown at {:.3g} "
                    "% of the image.",
                    100 * small.agreement, 100 * small.value);
  return card;
}

} // namespace scalescope
