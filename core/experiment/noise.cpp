#include "core/experiment/noise.h"

#include "core/features/extraction_builder.h"
#include "core/features/network_image.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

namespace scalescope {

Extraction noise_sizes(const Network& network, const ExtractionSettings& settings, const NoiseSettings& noise,
                       Positions positions, const std::stop_token& stop, const JobCallback& progress) {
  ExtractionBuilder rows(network, settings.layers);
  const auto images = static_cast<std::size_t>(noise.images);
  for (std::size_t s = 0; s < noise.sizes.size(); ++s) {
    const int side = noise.sizes[s];
    const auto number_of = [&](std::size_t i) { return i * noise.sizes.size() + s; };
    // Experiments with neighbouring seeds have no image in common.
    const auto seed_of = [&](std::size_t i) { return (noise.seed << 32) + number_of(i); };
    const auto load = [&](std::size_t i, std::span<float> pixels) {
      preprocess_for(network.info().input_form, make_noise(noise.kind, side, seed_of(i)), settings.preprocessing,
                     pixels);
      return true;
    };
    // The number is the version of this code: raise it if the noise changes.
    const auto key = [&](std::size_t i) {
      return fmt::format("noise 1|{}|{}|{}|{}", title_of(noise.kind), side, seed_of(i), key_of(settings.preprocessing));
    };
    const auto take = [&](std::size_t i, std::span<const std::span<const float>> features) {
      const std::string id = fmt::format("{} {}@{}", title_of(noise.kind), i, side);
      rows.add(static_cast<std::int64_t>(number_of(i)), {id, "", id, static_cast<double>(side)}, features);
    };
    const auto total_progress = [&](const JobProgress& p) {
      const auto all = static_cast<std::int64_t>(noise.sizes.size());
      if (progress)
        progress({p.stage, static_cast<std::int64_t>(s) * p.total + p.done, all * p.total});
    };
    rows.count(pool_generated_images(network, settings.layers, {images, side, load, key, positions}, settings.batch,
                                     take, stop, total_progress));
  }
  return rows.finish({});
}

std::vector<std::string> layers_without_padding(const Network& network, const std::vector<std::string>& layers,
                                                const std::vector<int>& sizes) {
  std::vector<std::string> free;
  for (const auto& layer : layers)
    if (std::ranges::all_of(sizes, [&](int side) { return network.positions_without_padding(layer, side) > 0; }))
      free.push_back(layer);
  return free;
}

ExperimentText noise_text(const NoiseSettings& noise, const std::vector<std::string>& layers,
                          const std::optional<Analysis>& inner) {
  ExperimentText text{
      .name = "noise",
      .headline = {},
      .question = fmt::format("How much of the image's size is read from images without content? The images are {} "
                              "noise of several sizes; the target is the side in pixels. Features that are means over "
                              "all positions can depend on the size only through the border: zero padding reveals it.",
                              title_of(noise.kind)),
      .settings = {{"noise", title_of(noise.kind)},
                   {"sizes", fmt::format("{}", fmt::join(noise.sizes, ", "))},
                   {"images of each size", std::to_string(noise.images)},
                   {"noise seed", std::to_string(noise.seed)}},
      .more = {},
      .remarks = curve_remarks({})};
  const double none = std::numeric_limits<double>::quiet_NaN();
  CurveSeries series{"without padding", std::vector<double>(layers.size(), none),
                     std::vector<double>(layers.size(), none), false, std::vector<Interval>(layers.size())};
  std::vector<std::string> without;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    std::size_t at = 0;
    while (inner && at < inner->layers.size() && inner->layers[at].name != layers[i])
      ++at;
    if (inner && at < inner->layers.size()) {
      series.mean[i] = inner->scores[at].mean();
      series.standard_deviation[i] = inner->scores[at].standard_deviation();
      if (inner->uncertainty)
        series.intervals[i] = inner->uncertainty->layers[at].interval;
    } else {
      without.push_back(layers[i]);
    }
  }
  if (inner && !inner->uncertainty)
    series.intervals.clear();
  if (inner)
    text.more.push_back(std::move(series));
  if (inner)
    text.remarks.emplace_back(
        "The curve \"without padding\" is for means only over positions whose receptive field touches no padding at "
        "any of the sizes. If padding revealed the size, this curve is near 0.");
  if (!without.empty())
    text.remarks.push_back(fmt::format("These layers have no position that is known to be free of padding at every "
                                       "size, so they have no value there: {}.",
                                       fmt::join(without, ", ")));
  return text;
}

} // namespace scalescope
