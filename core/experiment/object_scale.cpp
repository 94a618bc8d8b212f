#include "core/experiment/object_scale.h"

#include "core/base/error.h"
#include "core/features/extraction_builder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

namespace scalescope {
namespace {

std::string name_of_cut(SegmentBy by) { return by == SegmentBy::Mask ? "mask (GrabCut)" : "box"; }

std::string name_of_fill(Fill fill) {
  switch (fill) {
  case Fill::Inpaint:
    return "inpainted";
  case Fill::Blur:
    return "blurred surroundings";
  case Fill::MeanColour:
    return "mean colour";
  case Fill::Noise:
    return "noise";
  }
  return "";
}

} // namespace

std::string target_name_of(ScaleMeasure measure) {
  return measure == ScaleMeasure::Area
             ? "object scale"
             : (measure == ScaleMeasure::Root ? "root of object scale" : "log of object scale");
}

double measured(ScaleMeasure measure, double fraction) {
  return measure == ScaleMeasure::Area ? fraction
                                       : (measure == ScaleMeasure::Root ? std::sqrt(fraction) : std::log(fraction));
}

Extraction observed_scales(const Network& network, std::vector<Sample> samples, const ExtractionSettings& settings,
                           ScaleMeasure measure, const std::stop_token& stop, const JobCallback& progress) {
  for (Sample& sample : samples) {
    if (!sample.box)
      throw Error(
          fmt::format("{}: {} has no box, so the scale of its object is not known; add one. (A target of another "
                      "kind is read by 'analyze'.)",
                      sample.annotation, sample.file.string()));
    sample.target.reset();
  }
  Extraction extraction = extract_samples(network, samples, settings, stop, progress);
  for (Row& row : extraction.rows)
    row.target = measured(measure, row.target);
  return extraction;
}

Extraction rendered_scales(const Network& network, const std::vector<Sample>& samples,
                           const ExtractionSettings& settings, const RenderSettings& rendering, ScaleMeasure measure,
                           const std::stop_token& stop, const JobCallback& progress) {
  Renderings images(samples, rendering, settings.preprocessing, network.info().input_size, network.info().input_form,
                    false, network.info().options.cache);
  ExtractionBuilder rows(network, settings.layers);
  const auto take = [&](std::size_t i, std::span<const std::span<const float>> features) {
    const Sample& sample = images.sample(i);
    rows.add(static_cast<std::int64_t>(i),
             {fmt::format("{}@{:.4g}", sample.id, images.wanted_fraction(i)), sample.file.string(), sample.group,
              measured(measure, images.fraction(i)), images.covariates(i)},
             features);
  };
  rows.count(pool_generated_images(network, settings.layers, images.source(), settings.batch, take, stop, progress));
  return rows.finish(images.left_out(), images.remarks());
}

ExperimentText observed_text(ScaleMeasure measure) {
  return {.name = "object-scale --observed",
          .headline = {},
          .question = fmt::format(
              "How well is the object's scale in the image read from each layer? Every row is an "
              "unchanged annotated image, resized to the network's input. The target is {}. Object scale is "
              "the area of the object's box as a share of the image.",
              target_name_of(measure)),
          .settings = {{"measure", target_name_of(measure)}},
          .more = {},
          .remarks = curve_remarks(
              {"The result holds for these images: everything that is correlated with the object's size, such "
               "as the background, is read, too. The experiment object-scale --rendered removes this effect."})};
}

ExperimentText rendered_text(const RenderSettings& rendering, ScaleMeasure measure) {
  std::vector<std::string> scales;
  for (const double scale : scales_of(rendering))
    scales.push_back(fmt::format("{:.3g}", scale));
  return {.name = "object-scale --rendered",
          .headline = {},
          .question =
              fmt::format("How well is the object's scale read from each layer if only the object changes? Every "
                          "object is shown at {} scales in its own image, with the area behind it filled. All rows "
                          "of one image are on the same side of a split. The target is {}.",
                          scales.size(), target_name_of(measure)),
          .settings = {{"measure", target_name_of(measure)},
                       {"scales", fmt::format("{}", fmt::join(scales, ", "))},
                       {"most enlarged", fmt::format("{:g}", rendering.most_enlarged)},
                       {"cut out", name_of_cut(rendering.cut.by)},
                       {"filled with", name_of_fill(rendering.cut.fill)},
                       {"soft edge", fmt::format("{:g} of the object's side", rendering.cut.feather)},
                       {"rendering seed", std::to_string(rendering.seed)}},
          .more = {},
          .remarks = curve_remarks(
              {"Rendering leaves traces: a soft edge, a filled area, resized pixels. Renderings that would enlarge "
               "an object too much for its pixels, or that do not fit into their image, are left out and listed."})};
}

} // namespace scalescope
