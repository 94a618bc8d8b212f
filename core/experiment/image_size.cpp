#include "core/experiment/image_size.h"

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/experiment/extraction_builder.h"
#include "core/experiment/picture_loader.h"

#include <fmt/format.h>

#include <map>
#include <mutex>

namespace scalescope {

std::vector<int> default_sizes() { return {160, 200, 240, 280, 320, 360, 400, 440, 480}; }

Extraction image_sizes(const Network& network, const std::vector<Sample>& samples, const ExtractionSettings& settings,
                       const std::vector<int>& sizes, const std::stop_token& stop, const JobCallback& progress) {
  const auto pictures = group_by_picture(samples);
  ExtractionBuilder rows(network, settings.layers);
  std::mutex mutex;
  std::map<std::size_t, LeftOut> left_out; // by picture
  for (std::size_t s = 0; s < sizes.size(); ++s) {
    const int side = sizes[s];
    const auto sample_of = [&](std::size_t i) -> const Sample& { return samples[pictures[i].samples.front()]; };
    const auto load = [&](std::size_t i, std::span<float> pixels) {
      try {
        preprocess(resize(read_image(pictures[i].file), side, side), settings.preprocessing, pixels);
        return true;
      } catch (const Error& e) {
        const std::scoped_lock lock(mutex);
        left_out.try_emplace(i, LeftOut{sample_of(i).id, e.what()});
        return false;
      }
    };
    // The number is that of this code: to be raised when decoding or resizing gives other values.
    const auto key = [&](std::size_t i) {
      std::string hash;
      try {
        hash = sha256_of_file(pictures[i].file);
      } catch (const Error&) { // load says so
      }
      return fmt::format("resized 1|{}|{}|{}", hash, side, key_of(settings.preprocessing));
    };
    const auto take = [&](std::size_t i, std::span<const std::span<const float>> features) {
      const Sample& sample = sample_of(i);
      rows.add(static_cast<std::int64_t>(i * sizes.size() + s),
               {fmt::format("{}@{}", sample.id, side), sample.file.string(), sample.group, static_cast<double>(side)},
               features);
    };
    const auto total_progress = [&](const JobProgress& p) {
      const auto all = static_cast<std::int64_t>(sizes.size());
      if (progress)
        progress({p.stage, static_cast<std::int64_t>(s) * p.total + p.done, all * p.total});
    };
    rows.count(pool_images(network, settings.layers, {pictures.size(), side, load, key}, settings.batch, take, stop,
                           total_progress));
  }
  std::vector<LeftOut> all_left_out;
  for (auto& [picture, one] : left_out)
    all_left_out.push_back(std::move(one));
  return rows.finish(std::move(all_left_out));
}

} // namespace scalescope
