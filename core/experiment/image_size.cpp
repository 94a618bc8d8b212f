#include "core/experiment/image_size.h"

#include "core/features/extraction_builder.h"
#include "core/features/resized_images.h"

#include <fmt/format.h>

namespace scalescope {

std::vector<int> default_sizes() { return {160, 200, 240, 280, 320, 360, 400, 440, 480}; }

Extraction image_sizes(const Network& network, const std::vector<Sample>& samples, const ExtractionSettings& settings,
                       const std::vector<int>& sizes, const std::stop_token& stop, const JobCallback& progress) {
  ResizedImages images(samples, settings.preprocessing);
  ExtractionBuilder rows(network, settings.layers);
  for (std::size_t s = 0; s < sizes.size(); ++s) {
    const auto take = [&](std::size_t i, std::span<const std::span<const float>> features) {
      const Sample& sample = images.sample(i);
      rows.add(static_cast<std::int64_t>(i * sizes.size() + s),
               {fmt::format("{}@{}", sample.id, sizes[s]), sample.file.string(), sample.group,
                static_cast<double>(sizes[s])},
               features);
    };
    rows.count(pool_generated_images(network, settings.layers, images.source(sizes[s]), settings.batch, take, stop,
                                     part_of(progress, s, sizes.size())));
  }
  return rows.finish(images.left_out());
}

} // namespace scalescope
