#pragma once

#include "core/image/image.h"

namespace scalescope {

/// Resizes with a triangle filter that is wider for smaller results (antialiasing), like PIL's Image.resize(BILINEAR)
/// and torchvision's antialiased resize, to within one grey level.
/// @param width,height of the result in pixels, at least 1.
[[nodiscard]] Image resize(const Image& image, int width, int height);

/// The middle of an image, with its proportions: as if a camera came nearer, once it is resized to what the whole image
/// was. @param zoom at least 1; width and height are divided by it and rounded to whole pixels. At 1, the image.
[[nodiscard]] Image middle_of(Image image, double zoom);

} // namespace scalescope
