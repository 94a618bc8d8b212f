#include "core/experiment/image_size.h"

#include "core/features/extraction_builder.h"
#include "core/features/resized_images.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace scalescope {

std::vector<int> default_sizes() { return {160, 200, 240, 280, 320, 360, 400, 440, 480}; }

Extraction image_sizes(const Network& network, const std::vector<Sample>& samples, const ExtractionSettings& settings,
                       const std::vector<int>& sizes, const std::stop_token& stop, const JobCallback& progress) {
  ResizedImages images(samples, settings.preprocessing, network.info().input_form);
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
  return rows.finish(images.left_out(), images.remarks());
}

ExperimentText image_size_text(const std::vector<int>& sizes) {
  return {.name = "image-size",
          .headline = {},
          .question =
              "How well is the size of the image in pixels read from each layer? The network gets each whole image "
              "at several sizes, so the object's share of the image stays the same. All rows of one image are on "
              "the same side of a split. The target is the side in pixels.",
          .settings = {{"sizes", fmt::format("{}", fmt::join(sizes, ", "))}},
          .more = {},
          .remarks = curve_remarks(
              {"The object is not the only sign of the size. Others are the fineness of all textures, the blur of "
               "enlarged images, and zero padding. The experiment 'noise' measures the effect of padding alone."})};
}

} // namespace scalescope
