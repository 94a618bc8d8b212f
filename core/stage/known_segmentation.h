#pragma once

#include "core/base/cache.h"
#include "core/stage/segment.h"

#include <optional>
#include <string>

namespace scalescope {

/// As segment(), but from the cache if it is there, and kept in it otherwise: segmenting takes up to a second, and
/// experiments show the same objects to several networks.
/// @param hash of the image's file. @param image made from that file; its size is part of the key, so that the file and
/// the size must determine it.
[[nodiscard]] Segmentation known_segmentation(const std::optional<Cache>& cache, const std::string& hash,
                                              const Image& image, const BoundingBox& box,
                                              const SegmentSettings& settings, std::uint64_t seed);

} // namespace scalescope
