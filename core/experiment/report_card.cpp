#include "core/experiment/report_card.h"

#include "core/base/statistics.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

namespace scalescope {
namespace {

const std::string& name_of(const Analysis& analysis, std::size_t layer) { return analysis.layers[layer].name; }

Interval interval_of(const Analysis& analysis, std::size_t layer) {
  return analysis.uncertainty ? analysis.uncertainty->layers[layer].interval : Interval{};
}

std::size_t images_of(const Analysis& analysis) {
  std::set<std::string_view> groups;
  for (const Row& row : analysis.extraction.rows)
    groups.insert(row.group);
  return groups.size();
}

// Of a share of images (Wilson 1927).
Interval interval_of_share(double share, std::size_t images) {
  const double n = static_cast<double>(images);
  const double z2 = 1.96 * 1.96;
  const double middle = (share + z2 / (2 * n)) / (1 + z2 / n);
  const double half = 1.96 / (1 + z2 / n) * std::sqrt(share * (1 - share) / n + z2 / (4 * n * n));
  return {middle - half, middle + half};
}

CardEntry r2_entry(std::string group, std::string name, const Analysis& analysis, std::size_t layer,
                   std::string meaning) {
  return {std::move(group),
          std::move(name),
          name_of(analysis, layer),
          analysis.scores[layer].mean(),
          interval_of(analysis, layer),
          images_of(analysis),
          std::move(meaning)};
}

void add_object_scale(const Analysis& analysis, std::vector<CardEntry>& entries) {
  const std::string group = "object scale";
  const std::size_t peak = analysis.peak();
  const std::size_t images = images_of(analysis);
  entries.push_back(r2_entry(group, "highest R2", analysis, peak,
                             "How well a linear regression reads the object's scale from the layer that holds most of "
                             "it, from images that it was not fitted on."));
  entries.push_back({group,
                     "depth of the highest R2",
                     name_of(analysis, peak),
                     static_cast<double>(analysis.depths[peak]) / *std::ranges::max_element(analysis.depths),
                     {},
                     0,
                     "Convolutions and linear layers up to that layer, as a share of all."});
  for (const ControlCurve& control : analysis.controls) {
    const std::size_t best = peak_of(control.scores);
    entries.push_back({group,
                       "highest R2, " + control.name,
                       name_of(analysis, best),
                       control.scores[best].mean(),
                       {},
                       images,
                       control.name == "random weights" ? "The same for networks of this shape that learnt nothing."
                                                        : "The same for shuffled targets: 0 or less is right."});
  }
  if (analysis.peak_test)
    entries.push_back({group,
                       "p of the highest R2, at most",
                       "",
                       analysis.peak_test->p(),
                       {},
                       images,
                       "Permutation test of the null hypothesis that no layer reads the scale."});
  if (!analysis.uncertainty)
    return;
  const std::string lost = "Subtracted from the highest R2: what is lost where features are usually read.";
  for (const PeakDifference& difference : analysis.uncertainty->differences) {
    entries.push_back({"readout", "less R2 at " + difference.from.words, name_of(analysis, difference.from.layer),
                       difference.value, difference.interval, images, lost});
    if (!analysis.sensitivity || name_of(analysis, difference.from.layer) != "softmax")
      continue;
    for (const Variant& variant : analysis.sensitivity->variants)
      if (variant.name == log_softmax_ridge)
        entries.push_back({"readout",
                           "less R2 at the logarithm of the softmax",
                           "softmax",
                           analysis.sensitivity->clipped()[peak] - variant.r2[difference.from.layer],
                           {},
                           images,
                           "In one repetition. The rest of the loss at the softmax comes from fitting a line to "
                           "probabilities."});
  }
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
    const auto images = static_cast<std::size_t>(step.images);
    if (invariance.has_classes)
      entries.push_back({"invariance", "same likeliest class, " + shown, "", step.agreement,
                         interval_of_share(step.agreement, images), images,
                         "Share of the images whose likeliest class is that of the unchanged image."});
    entries.push_back({"invariance", "cosine, " + shown, invariance.layers[last], step.cosine[last],
                       around(step.cosine[last], step.cosine_deviation[last] / std::sqrt(static_cast<double>(images))),
                       images, "Between the pooled features and those of the unchanged image, mean over the images."});
  };
  for (const InvarianceStep* step : {&invariance.object_scale.front(), &invariance.object_scale.back()})
    add(*step, fmt::format("objects at {:.3g} %", 100 * step->value));
  for (const InvarianceStep* step : {&invariance.image_size.front(), &invariance.image_size.back()})
    add(*step, fmt::format("images of {:g} px", step->value));
}

void add_equivariance(const LayerMeasures& measures, std::vector<CardEntry>& entries) {
  std::size_t last = measures.layers.size() - 1; // with positions
  while (last > 0 && !std::isfinite(measures.figures.at(0).curves.at(0).mean[last]))
    --last;
  const auto add = [&](std::size_t figure, const std::string& name, const std::string& meaning) {
    for (const CurveSeries& curve : measures.figures.at(figure).curves)
      if (!curve.control || curve.control_of == std::size_t{0})
        for (const std::size_t layer : {std::size_t{0}, last})
          entries.push_back({"equivariance", name + ", " + curve.name, measures.layers[layer], curve.mean[layer],
                             curve.intervals.empty() ? Interval{} : curve.intervals[layer], 0, meaning});
  };
  add(0, "equivariance", "Mean canonical correlation of the maps of an image and of its enlarged middle.");
  add(1, "invariance of maps",
      "Mean correlation of the two at the same positions. What equivariance has above it says that maps move.");
}

void add_noise(const Analysis& noise, const std::string& peak, std::vector<CardEntry>& entries) {
  const std::string meaning =
      "How well the size in pixels is read from noise. There is no object; zero padding can reveal the size.";
  const std::size_t best = noise.peak();
  entries.push_back(r2_entry("padding", "R2 of the size of noise images, highest", noise, best, meaning));
  for (std::size_t layer = 0; layer < noise.layers.size(); ++layer)
    if (name_of(noise, layer) == peak && layer != best)
      entries.push_back(r2_entry("padding", "R2 of the size of noise images", noise, layer, meaning));
  for (const ControlCurve& control : noise.controls)
    if (control.name == "random weights") {
      const std::size_t highest = peak_of(control.scores);
      entries.push_back({"padding",
                         "R2 of the size of noise images, random weights",
                         name_of(noise, highest),
                         control.scores[highest].mean(),
                         {},
                         images_of(noise),
                         "So much is a matter of the architecture alone."});
    }
}

void add_magnification(const Transfer& transfer, std::vector<CardEntry>& entries) {
  const std::size_t images = transfer.patches.sizes.size();
  for (const TransferLayer& layer : transfer.layers) {
    const std::string where = layer.name == transfer.full_layer ? ", whole network" : ", pruned network";
    entries.push_back({"magnification",
                       "R2 of log2 of the magnification" + where,
                       layer.name,
                       mean_of(layer.magnification.r2),
                       {},
                       images,
                       "Of cells under a microscope."});
    entries.push_back({"magnification",
                       "error of the magnification, factor" + where,
                       layer.name,
                       std::exp2(mean_of(layer.magnification.error)),
                       {},
                       images,
                       "2 to the power of the mean absolute error of log2: 1.2 is typically 20 % off."});
  }
  entries.push_back({"magnification",
                     "error of always guessing the mean, factor",
                     "",
                     std::exp2(transfer.baseline_magnification_error),
                     {},
                     images,
                     "The same, without a network."});
}

// The layers whose R2 is within one standard error of the highest.
std::vector<std::string> nearly_as_high(const Analysis& analysis) {
  std::vector<std::string> names;
  if (!analysis.uncertainty)
    return names;
  const std::size_t peak = analysis.peak();
  const double enough = analysis.scores[peak].mean() - analysis.uncertainty->layers[peak].standard_error;
  for (std::size_t layer = 0; layer < analysis.layers.size(); ++layer)
    if (layer != peak && analysis.scores[layer].mean() >= enough)
      names.push_back(name_of(analysis, layer));
  return names;
}

std::string headline_of(const CardParts& parts) {
  const Analysis& curve = parts.object_scale;
  const std::size_t peak = curve.peak();
  const Interval interval = interval_of(curve, peak);
  std::string text = fmt::format("R2 of object scale is highest at {}, {:.2f} [{:.2f}, {:.2f}]", name_of(curve, peak),
                                 curve.scores[peak].mean(), interval.low, interval.high);
  if (const auto others = nearly_as_high(curve); !others.empty())
    text += fmt::format("; within one standard error of it at {}", fmt::join(others, ", "));
  text += ".";
  if (const InvarianceStep& small = parts.invariance.object_scale.front(); std::isfinite(small.agreement))
    text +=
        fmt::format(" The likeliest class stays for {:.0f} % of the images when objects are shown at {:.3g} % of the "
                    "image.",
                    100 * small.agreement, 100 * small.value);
  return text;
}

} // namespace

ReportCard report_card_of(const CardParts& parts) {
  ReportCard card{headline_of(parts), {}};
  const Analysis& curve = parts.object_scale;
  add_object_scale(curve, card.entries);
  add_invariance(parts.invariance, card.entries);
  add_equivariance(parts.equivariance, card.entries);
  add_noise(parts.noise, name_of(curve, curve.peak()), card.entries);
  add_magnification(parts.magnification, card.entries);
  return card;
}

} // namespace scalescope
