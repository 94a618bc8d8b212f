#include "core/experiment/object_scale.h"

#include "core/features/extraction_builder.h"

#include <fmt/format.h>

#include <cmath>

namespace scalescope {

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
  for (Sample& sample : samples)
    sample.target.reset();
  Extraction extraction = extract_samples(network, samples, settings, stop, progress);
  for (Row& row : extraction.rows)
    row.target = measured(measure, row.target);
  return extraction;
}

Extraction rendered_scales(const Network& network, const std::vector<Sample>& samples,
                           const ExtractionSettings& settings, const RenderSettings& rendering, ScaleMeasure measure,
                           const std::stop_token& stop, const JobCallback& progress) {
  Renderings images(samples, rendering, settings.preprocessing, network.info().input_size);
  ExtractionBuilder rows(network, settings.layers);
  const auto take = [&](std::size_t i, std::span<const std::span<const float>> features) {
    const Sample& sample = images.sample(i);
    rows.add(static_cast<std::int64_t>(i),
             {fmt::format("{}@{:.4g}", sample.id, images.wanted_fraction(i)), sample.file.string(), sample.group,
              measured(measure, images.fraction(i))},
             features);
  };
  rows.count(pool_generated_images(network, settings.layers, images.source(), settings.batch, take, stop, progress));
  return rows.finish(images.left_out(), images.remarks());
}

} // namespace scalescope
