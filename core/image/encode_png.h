#pragma once

#include "core/image/image.h"

#include <cstdint>
#include <vector>

namespace scalescope {

/// The image as a PNG file's bytes.
[[nodiscard]] std::vector<std::uint8_t> encode_png(const Image& image);

} // namespace scalescope
