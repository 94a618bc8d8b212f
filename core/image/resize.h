#pragma once

#include "core/image/image.h"

namespace scalescope {

/// Resizes with a triangle filter that is wider for smaller results (antialiasing), like PIL's Image.resize(BILINEAR)
/// and torchvision's antialiased resize, to within one grey level.
/// @param width,height of the result in pixels, at least 1.
[[nodiscard]] Image resize(const Image& image, int width, int height);

} // namespace scalescope
