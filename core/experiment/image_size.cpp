#include "core/experiment/image_size.h"

#include "core/experiment/extraction_builder.h"
#include "core/experiment/resized_pictures.h"

#include <fmt/format.h>

namespace scalescope {

std::vector<int> default_sizes() { return {160, 200, 240, 280, 320, 360, 400, 440, 480}; }

Extraction image_sizes(const Network& network, const std::vector<Sample>& samples, const ExtractionSettings& settings,
                       const std::vector<int>& sizes, const std::stop_token& stop, const JobCallback& progress) {
  ResizedPictures pictures(samples, settings.preprocessing);
  ExtractionBuilder rows(network, settings.layers);
  for (std::size_t s = 0; s < sizes.size(); ++s) {
    const auto take = [&](std::size_t i, std::span<const std::span<const float>> features) {
      const Sample& sample = pictures.sample(i);
      rows.add(static_cast<std::int64_t>(i * sizes.size() + s),
               {fmt::format("{}@{}", sample.id, sizes[s]), sample.file.string(), sample.group,
                static_cast<double>(sizes[s])},
               features);
    };
    rows.count(pool_images(network, settings.layers, pictures.source(sizes[s]), settings.batch, take, stop,
                           part_of(progress, s, sizes.size())));
  }
  return rows.finish(pictures.left_out());
}

} // namespace scalescope
