#include "core/experiment/picture_loader.h"

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/experiment/batch_run.h"
#include "core/image/placed_box.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <ctime>
#include <map>

namespace scalescope {
namespace {

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// What is to be read from a sample's picture. @param remarks gets what there is to say of its box.
double target_of(const Sample& sample, const PictureFrame& picture, std::vector<Remark>& remarks) {
  if (!sample.box && !sample.target)
    throw Error(fmt::format("{}: there is neither a box nor a target for {}; add one.", sample.annotation,
                            sample.file.string()));
  if (!sample.box)
    return *sample.target;
  const PlacedBox placed = place_box(sample, picture);
  if (!placed.remark.empty())
    remarks.push_back({sample.id, placed.remark});
  return sample.target.value_or(object_scale(placed.box, picture.width, picture.height));
}

// An entry of the cache: width and height of the picture, then the features, as this machine stores them.
struct EntryHeader {
  std::int32_t width = 0;
  std::int32_t height = 0;
};

bool take_from_cache(const Cache& cache, const std::string& plan, std::size_t channels, LoadedPicture& loaded) {
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

std::vector<SampledPicture> group_by_picture(const std::vector<Sample>& samples) {
  std::vector<SampledPicture> pictures;
  std::map<std::filesystem::path, std::size_t> known;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto [place, is_new] = known.try_emplace(samples[i].file, pictures.size());
    if (is_new)
      pictures.push_back({samples[i].file, {}});
    pictures[place->second].samples.push_back(i);
  }
  return pictures;
}

LoadedPicture PictureLoader::load(const SampledPicture& picture, std::span<float> pixels) const {
  const double start = thread_seconds();
  LoadedPicture loaded;
  std::optional<Image> image; // decoded unless the cache knows its features
  int orientation = 1;
  try {
    std::string bytes = read_picture(picture.file);
    if (cache)
      loaded.hash = sha256_of(bytes);
    orientation = orientation_of(bytes);
    if (!cache || !take_from_cache(*cache, plan, channels, loaded)) {
      image = decode_picture(std::move(bytes), picture.file);
      loaded.width = image->width;
      loaded.height = image->height;
    }
  } catch (const Error& e) {
    for (const std::size_t sample : picture.samples)
      loaded.left_out.push_back({samples[sample].id, e.what()});
    return loaded;
  }
  for (const std::size_t i : picture.samples) {
    const Sample& sample = samples[i];
    try {
      const PictureFrame frame{loaded.width, loaded.height, orientation};
      loaded.rows.push_back({sample.id, sample.file.string(), sample.group, target_of(sample, frame, loaded.remarks)});
      loaded.samples.push_back(i);
    } catch (const Error& e) {
      if (!settings.keep_going)
        throw;
      loaded.left_out.push_back({sample.id, e.what()});
    }
  }
  if (image && !loaded.rows.empty())
    preprocess(resize(*image, side, side), settings.preprocessing, pixels);
  loaded.seconds = thread_seconds() - start;
  return loaded;
}

std::string cache_entry(const LoadedPicture& picture, std::span<const std::span<const float>> features) {
  const EntryHeader header{picture.width, picture.height};
  return std::string(reinterpret_cast<const char*>(&header), sizeof header) + to_bytes(features);
}

} // namespace scalescope
