#include "core/experiment/similarity.h"

#include "core/base/error.h"
#include "core/experiment/detail/features_of_image.h"
#include "core/experiment/some_images.h"
#include "core/features/resized_images.h"
#include "core/probe/alignment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace scalescope {
namespace {

constexpr std::size_t fewest_objects = 4; // that the unbiased estimate needs
constexpr std::size_t most_rows = 5000;   // Gram matrices of 200 MB

std::vector<ProbeLayer> layers_of(const Network& network, const std::vector<std::string>& names) {
  std::vector<ProbeLayer> layers;
  for (const std::string& name : names)
    layers.push_back({name, network.layer(name).features(network.info().source.tokens)});
  return layers;
}

// The pooled features of whole images, by the image's number.
Probe features_of_images(const Network& network, const std::vector<std::string>& layers, ResizedImages& images,
                         int batch, const std::stop_token& stop, const JobCallback& progress) {
  Probe probe(layers_of(network, layers));
  const auto take = [&](std::size_t i, std::span<const std::span<const float>> features) {
    const auto index = static_cast<std::int64_t>(i);
    for (std::size_t l = 0; l < layers.size(); ++l)
      check_finite(features[l], layers[l], images.sample(i).id);
    probe.add({&index, 1}, features);
  };
  (void)pool_generated_images(network, layers, images.source(network.info().input_size), batch, take, stop, progress);
  return probe;
}

// Some rows of a table of `channels` columns.
std::vector<float> rows_of(const std::vector<float>& table, std::size_t channels,
                           const std::vector<std::size_t>& rows) {
  std::vector<float> chosen;
  for (const std::size_t row : rows) {
    const auto begin = table.begin() + static_cast<std::ptrdiff_t>(row * channels);
    chosen.insert(chosen.end(), begin, begin + static_cast<std::ptrdiff_t>(channels));
  }
  return chosen;
}

// The objects that could be shown at a scale: where the features are for the unchanged image, and for that scale.
struct AtScale {
  double scale = 0;
  std::vector<std::size_t> unchanged; // rows of the probe
  std::vector<std::size_t> shown;
  std::vector<std::string> groups;
};

std::vector<AtScale> pairs_by_scale(const Renderings& renderings, const std::vector<std::int64_t>& indices) {
  std::vector<AtScale> scales;
  for (std::size_t v = 1; v < renderings.variants(); ++v)
    scales.push_back({renderings.wanted_fraction(v), {}, {}, {}});
  std::optional<std::pair<std::size_t, std::size_t>> original; // of the latest sample: its number, and the row
  for (std::size_t row = 0; row < indices.size(); ++row) {
    const auto i = static_cast<std::size_t>(indices[row]);
    const std::size_t sample = i / renderings.variants();
    const std::size_t variant = i % renderings.variants();
    if (variant == 0)
      original.emplace(sample, row);
    else if (original && original->first == sample) {
      scales[variant - 1].unchanged.push_back(original->second);
      scales[variant - 1].shown.push_back(row);
      scales[variant - 1].groups.push_back(renderings.sample(i).group);
    }
  }
  std::erase_if(scales, [](const AtScale& one) { return one.shown.size() < fewest_objects; });
  return scales;
}

std::string name_of(const AtScale& at) { return fmt::format("objects at {:.3g} %", 100 * at.scale); }

void compare_scales(const Probe& probe, const std::vector<AtScale>& scales, LayerMeasures& result,
                    const std::stop_token& stop, const JobCallback& progress) {
  MeasureFigure unbiased{"similarity",
                         "Similarity to the unchanged images, by layer",
                         "CKA, unbiased",
                         "Linear CKA between the features of the objects at one scale and those of the unchanged "
                         "images, estimated without bias, with 95 % intervals over images (jackknife).",
                         {}};
  MeasureFigure plain{
      "linear-cka",
      "Linear CKA, biased",
      "linear CKA",
      "The same as Kornblith et al. (2019) define it. The curve 'other objects' pairs each image with that of "
      "another object: so much is chance.",
      {}};
  for (const AtScale& at : scales) {
    unbiased.curves.push_back({name_of(at), {}, {}});
    plain.curves.push_back({name_of(at), {}, {}});
  }
  CurveSeries chance{"other objects, " + name_of(scales.back()), {}, {}, true};
  for (std::size_t l = 0; l < result.layers.size(); ++l) {
    const std::vector<float> table = probe.features(l);
    const auto channels = static_cast<std::size_t>(probe.layers()[l].channels);
    for (std::size_t s = 0; s < scales.size(); ++s) {
      if (stop.stop_requested())
        throw Cancelled();
      const AtScale& at = scales[s];
      const GramMatrix before = gram_matrix(rows_of(table, channels, at.unchanged), at.unchanged.size());
      const GramMatrix after = gram_matrix(rows_of(table, channels, at.shown), at.shown.size());
      const double value = unbiased_cka(before, after);
      unbiased.curves[s].mean.push_back(value);
      unbiased.curves[s].intervals.push_back(around(value, standard_error_of_cka(before, after, at.groups)));
      plain.curves[s].mean.push_back(linear_cka(before, after));
      if (s + 1 == scales.size()) {
        std::vector<std::size_t> others = at.shown;
        std::rotate(others.begin(), others.begin() + 1, others.end());
        chance.mean.push_back(linear_cka(before, gram_matrix(rows_of(table, channels, others), others.size())));
      }
    }
    if (progress)
      progress({"fitting", static_cast<std::int64_t>(l + 1), static_cast<std::int64_t>(result.layers.size())});
  }
  plain.curves.push_back(std::move(chance));
  result.figures = {std::move(unbiased), std::move(plain)};
}

std::vector<GramMatrix> grams_of(const Probe& probe, const std::vector<std::size_t>& rows) {
  std::vector<GramMatrix> grams;
  for (std::size_t l = 0; l < probe.layers().size(); ++l)
    grams.push_back(gram_matrix(rows_of(probe.features(l), static_cast<std::size_t>(probe.layers()[l].channels), rows),
                                rows.size()));
  return grams;
}

// Where the rows of both are, that both have.
std::pair<std::vector<std::size_t>, std::vector<std::size_t>> common_rows(const Probe& a, const Probe& b) {
  std::pair<std::vector<std::size_t>, std::vector<std::size_t>> rows;
  std::map<std::int64_t, std::size_t> in_b;
  for (std::size_t row = 0; const std::int64_t index : b.sorted_indices())
    in_b.emplace(index, row++);
  for (std::size_t row = 0; const std::int64_t index : a.sorted_indices()) {
    if (const auto found = in_b.find(index); found != in_b.end()) {
      rows.first.push_back(row);
      rows.second.push_back(found->second);
    }
    ++row;
  }
  return rows;
}

MeasureMap compared(const Probe& own, const Probe& of_other, const std::string& name, const std::string& other) {
  const auto [own_rows, other_rows] = common_rows(own, of_other);
  if (own_rows.size() < fewest_objects)
    throw Error(fmt::format("Both networks could be run on {} images only; give at least {} that can be read.",
                            own_rows.size(), fewest_objects));
  MeasureMap map{.file = "networks",
                 .title = fmt::format("Similarity of the layers of {} and {}", name, other),
                 .caption =
                     fmt::format("Linear CKA, estimated without bias, between the features of each layer of {} and "
                                 "each of {}, over {} unchanged images.",
                                 name, other, own_rows.size()),
                 .row_label = name,
                 .column_label = other,
                 .rows = {},
                 .columns = {},
                 .values = {}};
  const std::vector<GramMatrix> grams = grams_of(own, own_rows);
  const std::vector<GramMatrix> others = grams_of(of_other, other_rows);
  for (const ProbeLayer& layer : of_other.layers())
    map.columns.push_back(layer.name);
  for (std::size_t l = 0; l < grams.size(); ++l) {
    map.rows.push_back(own.layers()[l].name);
    auto& values = map.values.emplace_back();
    for (const GramMatrix& gram : others)
      values.push_back(unbiased_cka(grams[l], gram));
  }
  return map;
}

// Of the scale that differs most, up to the last layer before the softmax.
std::string change(const LayerMeasures& result) {
  const std::vector<CurveSeries>& curves = result.figures.front().curves;
  std::size_t last = result.layers.size() - 1;
  if (last > 0 && result.layers[last] == "softmax")
    --last;
  const CurveSeries& least =
      *std::ranges::min_element(curves, {}, [&](const CurveSeries& curve) { return curve.mean[last]; });
  return fmt::format("CKA between the unchanged images and {} of the image is {:.2f} at {} and {:.2f} at {}",
                     least.name, least.mean.front(), result.layers.front(), least.mean[last], result.layers[last]);
}

ExperimentText text_of(const SimilaritySettings& settings, const OtherNetwork* other, double own_scale,
                       std::string found) {
  ExperimentText text{
      .name = "similarity",
      .headline = std::move(found),
      .question = "How alike is what a layer holds of the objects at one scale and at another? Each object is shown at "
                  "several scales in its own image, with the area behind it filled. Centred kernel alignment (CKA) "
                  "compares which images a layer finds alike before and after. It is 1 if the same pairs of images are "
                  "alike to the same degree, and 0 if their likeness before and after is unrelated. Features are the "
                  "means of the channels over all positions.",
      .settings = {{"scales", std::to_string(settings.rendering.scales)},
                   {"smallest_scale", fmt::format("{}", settings.rendering.smallest)},
                   {"largest_scale", fmt::format("{}", settings.rendering.largest)},
                   {"most_enlarged", fmt::format("{}", settings.rendering.most_enlarged)}},
      .more = {},
      .remarks = {
          fmt::format(
              "The objects' own scale is {:.3g} % of the image (median). The further from it an object is shown, "
              "the more of the image changes.",
              100 * own_scale),
          "CKA looks at the differences between images, not at what all images have in common. A layer that adds the "
          "same to the features of every image when scale changes keeps a CKA of 1, although the scale can be read "
          "from it. So CKA and R² can both be high.",
          "The images' backgrounds stay the same, and raise CKA: the more so the smaller the objects. Segmenting and "
          "filling leave traces, which lower it; this experiment can't tell them from the change of scale.",
          "CKA as it is published is above 0 by chance, the more so the fewer the images and the wider the layer. The "
          "first figure has an estimate without this bias (HSIC_1, Song et al. 2012, in all three places, as Nguyen et "
          "al. 2021); it can fall slightly below 0."}};
  if (other != nullptr) {
    text.settings.emplace_back("other", other->network.info().name);
    text.settings.emplace_back("other_sha256", other->network.info().sha256);
  }
  return text;
}

} // namespace

LayerMeasures similarity(const Network& network, const std::vector<Sample>& samples, const SimilaritySettings& settings,
                         const OtherNetwork* other, const std::stop_token& stop, const JobCallback& progress) {
  const std::vector<Sample> chosen = some_images(samples, settings.images, settings.seed);
  const auto has_box = [](const Sample& sample) { return sample.box.has_value(); };
  if (std::ranges::none_of(chosen, has_box))
    throw Error("The data set has no boxes, so there are no objects to show at other scales; give one with boxes.");
  if (chosen.size() < fewest_objects)
    throw Error(
        fmt::format("The data set has {} objects, and CKA compares at least {} with each other; give more images.",
                    chosen.size(), fewest_objects));
  if (chosen.size() > most_rows)
    throw Error(fmt::format("{} objects can't be compared with each other: that takes too much memory; use at most {} "
                            "images with --images.",
                            chosen.size(), most_rows));
  const ExtractionSettings& how = settings.extraction;
  const std::size_t passes = other != nullptr ? 3 : 1;
  LayerMeasures result;
  result.layers = how.layers;
  for (const std::string& name : result.layers)
    result.depths.push_back(network.layer(name).depth);

  Renderings renderings(chosen, settings.rendering, how.preprocessing, network.info().input_size,
                        network.info().input_form, true, network.info().options.cache);
  Probe probe(layers_of(network, how.layers));
  const auto take = [&](std::size_t i, std::span<const std::span<const float>> features) {
    const auto index = static_cast<std::int64_t>(i);
    for (std::size_t l = 0; l < how.layers.size(); ++l)
      check_finite(features[l], how.layers[l], renderings.sample(i).id);
    probe.add({&index, 1}, features);
  };
  (void)pool_generated_images(network, how.layers, renderings.source(), how.batch, take, stop,
                              part_of(progress, 0, passes));
  result.left_out = renderings.left_out();
  result.remarks = renderings.remarks();
  const std::vector<AtScale> scales = pairs_by_scale(renderings, probe.sorted_indices());
  if (scales.empty())
    throw Error(fmt::format("At no scale can as many as {} of the {} objects be shown{}; give more images, or raise "
                            "--most-enlarged.",
                            fewest_objects, chosen.size(),
                            result.left_out.empty() ? ""
                                                    : fmt::format(" (the first: {}: {})", result.left_out[0].what,
                                                                  result.left_out[0].reason)));
  compare_scales(probe, scales, result, stop, progress);
  if (other != nullptr) {
    ResizedImages images(chosen, how.preprocessing, network.info().input_form);
    ResizedImages for_other(chosen, other->preprocessing, other->network.info().input_form);
    const Probe own = features_of_images(network, how.layers, images, how.batch, stop, part_of(progress, 1, passes));
    const Probe of_other =
        features_of_images(other->network, other->layers, for_other, how.batch, stop, part_of(progress, 2, passes));
    result.maps.push_back(compared(own, of_other, network.info().name, other->network.info().name));
  }
  std::vector<double> own_scales;
  for (const std::int64_t index : probe.sorted_indices())
    if (const auto i = static_cast<std::size_t>(index); i % renderings.variants() == 0)
      own_scales.push_back(renderings.fraction(i));
  std::ranges::nth_element(own_scales, own_scales.begin() + static_cast<std::ptrdiff_t>(own_scales.size() / 2));
  result.in_short = change(result);
  result.text = text_of(settings, other, own_scales[own_scales.size() / 2], result.in_short + ".");
  for (const AtScale& at : scales)
    result.text.settings.emplace_back(name_of(at), fmt::format("{} objects", at.shown.size()));
  return result;
}

} // namespace scalescope
