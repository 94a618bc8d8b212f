#include "core/features/detail/image_loader.h"

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/features/detail/batch_inference.h"
#include "core/features/network_image.h"
#include "core/image/box_covariates.h"
#include "core/image/placed_box.h"
#include "core/image/read_image.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <ctime>
#include <map>
#include <utility>

namespace scalescope {
namespace {

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// The share of a box that the network sees.
double share_seen(const BoundingBox& box, const BoundingBox& seen, const ImageFrame& image) {
  const BoundingBox whole = clip(box, image.width, image.height);
  const BoundingBox shown = clip(seen_box(whole, seen, image.width, image.height), seen.width, seen.height);
  return shown.width * shown.height / (whole.width * whole.height);
}

/// The row of a sample. @param seen the part of the image that the network sees. @param loaded receives a remark on the
/// box, and counts one that is cut.
Row row_of(const Sample& sample, const ImageFrame& image, const BoundingBox& seen, LoadedSampleImage& loaded) {
  if (!sample.box && !sample.target)
    throw Error(
        fmt::format("{}: {} has neither a box nor a target; add one.", sample.annotation, sample.file.string()));
  Row row{sample.id, sample.file.string(), sample.group, sample.target.value_or(0)};
  if (!sample.box)
    return row;
  const PlacedBox placed = place_box(sample, image);
  if (!placed.remark.empty())
    loaded.remarks.push_back({sample.id, placed.remark});
  const double share = share_seen(placed.box, seen, image);
  loaded.cut += share < much_cut ? 1 : 0;
  row.target = sample.target.value_or(seen_scale(placed.box, seen, image.width, image.height));
  row.covariates = box_covariates(seen_box(placed.box, seen, image.width, image.height), seen.width, seen.height);
  return row;
}

/// Whether the network sees nothing of the sample's object. @throws Error as place_box.
bool is_outside(const Sample& sample, const ImageFrame& image, const Resizing& resizing, const BoundingBox& seen) {
  return sample.box && !shows_all(resizing) && share_seen(place_box(sample, image).box, seen, image) <= 0;
}

// An entry of the cache: width and height of the image, then the features, as this machine stores them.
struct EntryHeader {
  std::int32_t width = 0;
  std::int32_t height = 0;
};

bool take_from_cache(const Cache& cache, const std::string& plan, std::size_t channels, LoadedSampleImage& loaded) {
  const auto entry = cache.get(plan + loaded.hash);
  if (!entry || entry->size() != sizeof(EntryHeader) + channels * sizeof(float))
    return false;
  EntryHeader header;
  std::memcpy(&header, entry->data(), sizeof header);
  loaded.width = header.width;
  loaded.height = header.height;
  loaded.features.resize(channels);
  std::memcpy(loaded.features.data(), entry->data() + sizeof header, channels * sizeof(float));
  return true;
}

} // namespace

std::vector<SampledImage> group_by_image(const std::vector<Sample>& samples) {
  std::vector<SampledImage> images;
  std::map<std::filesystem::path, std::size_t> known;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto [place, is_new] = known.try_emplace(samples[i].file, images.size());
    if (is_new)
      images.push_back({samples[i].file, {}});
    images[place->second].samples.push_back(i);
  }
  return images;
}

LoadedSampleImage ImageLoader::load(const SampledImage& sampled, std::span<float> pixels) const {
  const double start = thread_seconds();
  LoadedSampleImage loaded;
  std::optional<Image> image; // decoded unless the cache knows its features
  int orientation = 1;
  std::vector<std::string> notes;
  try {
    std::string bytes = read_upright_image(sampled.file);
    if (cache)
      loaded.hash = sha256_of(bytes);
    orientation = orientation_of(bytes);
    if (!cache || !take_from_cache(*cache, plan, channels, loaded)) {
      image = decode_image(std::move(bytes), sampled.file);
      loaded.width = image->width;
      loaded.height = image->height;
      notes = image->notes;
    } else {
      notes = notes_of(bytes);
    }
  } catch (const Error& e) {
    for (const std::size_t sample : sampled.samples)
      loaded.left_out.push_back({samples[sample].id, e.what(), is_one_of_several(samples[sample])});
    return loaded;
  }
  for (std::string& note : notes)
    loaded.remarks.push_back({samples[sampled.samples.front()].id, std::move(note)});
  const ImageFrame frame{loaded.width, loaded.height, orientation};
  const BoundingBox seen = seen_part(settings.preprocessing.resizing, frame.width, frame.height, side);
  for (const std::size_t i : sampled.samples) {
    const Sample& sample = samples[i];
    try {
      if (is_outside(sample, frame, settings.preprocessing.resizing, seen)) {
        loaded.left_out.push_back(
            {sample.id, outside_text(settings.preprocessing.resizing), is_one_of_several(sample)});
        continue;
      }
      loaded.rows.push_back(row_of(sample, frame, seen, loaded));
      loaded.samples.push_back(i);
    } catch (const Error& e) {
      if (!settings.keep_going)
        throw;
      loaded.left_out.push_back({sample.id, e.what(), is_one_of_several(sample)});
    }
  }
  if (image && !loaded.rows.empty())
    preprocess_for(form, to_square(*image, side, settings.preprocessing), settings.preprocessing, pixels);
  loaded.seconds = thread_seconds() - start;
  return loaded;
}

std::string cache_entry(const LoadedSampleImage& image, std::span<const std::span<const float>> features) {
  const EntryHeader header{image.width, image.height};
  return std::string(reinterpret_cast<const char*>(&header), sizeof header) + to_bytes(features);
}

} // namespace scalescope
