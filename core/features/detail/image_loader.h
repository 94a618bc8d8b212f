#pragma once
// The work of the loader threads.

#include "core/base/cache.h"
#include "core/features/extract_samples.h"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace scalescope {

/// An image and its samples, as positions in the data set.
struct SampledImage {
  std::filesystem::path file;
  std::vector<std::size_t> samples;
};

/// An object of which the square shows less than this share is counted in a note.
inline constexpr double much_cut = 0.9;

/// Each image once, in the order of the samples.
[[nodiscard]] std::vector<SampledImage> group_by_image(const std::vector<Sample>& samples);

/// The result for an image. An unusable image has no rows.
struct LoadedSampleImage {
  std::vector<std::size_t> samples; ///< those that have a row
  std::vector<Row> rows;
  std::vector<LeftOut> left_out;
  std::vector<Remark> remarks;
  int width = 0; ///< as decoded, upright
  int height = 0;
  std::string hash;            ///< SHA-256 of the file; empty without a cache
  std::vector<float> features; ///< all layers' one after another, if the cache had them; else its pixels were written
  double seconds = 0;          ///< of processor time
  std::size_t cut = 0;         ///< objects of which the square shows too little: see much_cut
};

/// Loads images for a network. It has no mutable state, so many threads can share it.
struct ImageLoader {
  const std::vector<Sample>& samples;
  const ExtractionSettings& settings;
  int side = 0;               ///< of the network's input, in pixels
  std::size_t channels = 0;   ///< of all layers together
  std::optional<Cache> cache; ///< of features
  std::string plan;           ///< beginning of the keys there: network, layers, preprocessing; an image's hash follows
  InputForm form = {};        ///< of the network's images

  /// Reads an image. If the cache does not know its features, decodes, resizes and preprocesses it into `pixels`.
  /// @param pixels 3 x side x side. @throws Error as place_box, unless settings.keep_going.
  [[nodiscard]] LoadedSampleImage load(const SampledImage& sampled, std::span<float> pixels) const;
};

/// An image's features as an entry of the cache, from which ImageLoader takes them.
[[nodiscard]] std::string cache_entry(const LoadedSampleImage& image, std::span<const std::span<const float>> features);

} // namespace scalescope
