#pragma once

#include "core/base/enum_names.h"
#include "core/image/image.h"

#include <cstdint>

namespace scalescope {

/// How the values between pixels are found. All but Nearest are filters that get wider for smaller results
/// (antialiasing), with the arithmetic of PIL's Image.resize (Resample.c of Pillow 9), to the last bit.
enum class Interpolation { Nearest, Box, Bilinear, Hamming, Bicubic, Lanczos };
template <>
inline constexpr auto enum_names<Interpolation> =
    std::to_array<std::pair<std::string_view, Interpolation>>({{"bilinear", Interpolation::Bilinear},
                                                               {"bicubic", Interpolation::Bicubic},
                                                               {"lanczos", Interpolation::Lanczos},
                                                               {"nearest", Interpolation::Nearest},
                                                               {"box", Interpolation::Box},
                                                               {"hamming", Interpolation::Hamming}});

/// Resizes as PIL's Image.resize and torchvision's Resize of a PIL image do.
/// @param width,height of the result in pixels, at least 1.
[[nodiscard]] Image resize(const Image& image, int width, int height,
                           Interpolation interpolation = Interpolation::Bilinear);

/// A rectangle of a resized image, which lies within it.
struct ResizedPart {
  struct Range {
    std::int64_t first;
    int count;
  };
  std::int64_t width; ///< of the whole resized image, in pixels
  std::int64_t height;
  Range columns;
  Range rows;
};

/// The same as resize and then cropping, but only the rectangle is computed, so that the whole may be very large.
[[nodiscard]] Image resize_part(const Image& image, const ResizedPart& part, Interpolation interpolation);

/// The middle of an image, with its proportions: as if a camera came nearer, once it is resized to what the whole image
/// was. @param zoom at least 1; width and height are divided by it and rounded to whole pixels. At 1, the image.
[[nodiscard]] Image middle_of(Image image, double zoom);

} // namespace scalescope
