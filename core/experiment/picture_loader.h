#pragma once
// Private to core/experiment: what the loader threads do.

#include "core/base/cache.h"
#include "core/experiment/extraction.h"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace scalescope {

/// A picture and the samples that speak of it, as positions in the data set.
struct SampledPicture {
  std::filesystem::path file;
  std::vector<std::size_t> samples;
};

/// Each picture once, in the order in which the samples name them.
[[nodiscard]] std::vector<SampledPicture> group_by_picture(const std::vector<Sample>& samples);

/// What became of a picture. If nobody could use it, it has no rows.
struct LoadedPicture {
  std::vector<std::size_t> samples; ///< those that have a row
  std::vector<Row> rows;
  std::vector<LeftOut> left_out;
  std::vector<Remark> remarks;
  int width = 0; ///< as decoded, upright
  int height = 0;
  std::string hash;            ///< SHA-256 of the file; empty without a cache
  std::vector<float> features; ///< all layers' one after another, if the cache had them; else its pixels were written
  double seconds = 0;          ///< of processor time
};

/// Loads pictures for a network: what it does depends on nothing else, so that many threads can share it.
struct PictureLoader {
  const std::vector<Sample>& samples;
  const ExtractionSettings& settings;
  int side = 0;               ///< of the network's input, in pixels
  std::size_t channels = 0;   ///< of all layers together
  std::optional<Cache> cache; ///< of features
  std::string plan;           ///< beginning of the keys there: network, layers, preprocessing; a picture's hash follows

  /// Reads a picture. If the cache does not know its features, decodes, resizes and preprocesses it into `pixels`.
  /// @param pixels 3 x side x side. @throws Error as place_box, unless settings.keep_going.
  [[nodiscard]] LoadedPicture load(const SampledPicture& picture, std::span<float> pixels) const;
};

/// A picture's features as an entry of the cache, from which PictureLoader takes them.
[[nodiscard]] std::string cache_entry(const LoadedPicture& picture, std::span<const std::span<const float>> features);

} // namespace scalescope
