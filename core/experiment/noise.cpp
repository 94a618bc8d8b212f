#include "core/experiment/noise.h"

#include "core/features/extraction_builder.h"

#include <fmt/format.h>

#include <algorithm>

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
      preprocess(make_noise(noise.kind, side, seed_of(i)), settings.preprocessing, pixels);
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

} // namespace scalescope
