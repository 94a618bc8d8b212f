#include "core/image/resizing.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace scalescope {
namespace {

/// Where along one side the square lies in the resized image.
struct SideFit {
  std::int64_t resized; ///< pixels of the whole resized image
  std::int64_t start;   ///< of the square in it; negative where it is filled in front of the image
};

struct SquareFit {
  SideFit across;
  SideFit down;
};

// Python's round() and the default of the C library: half a pixel goes to the even number.
std::int64_t rounded(double value) { return static_cast<std::int64_t>(std::nearbyint(value)); }

SideFit placed(std::int64_t resized, int side) {
  if (resized >= side) // torchvision's center_crop
    return {resized, rounded(static_cast<double>(resized - side) / 2)};
  return {resized, -((side - resized) / 2)}; // timm's center_crop_or_pad
}

SquareFit placed(const Resizing& how, int width, int height, int side) {
  if (!(how.crop >= least_crop && how.crop <= 1))
    throw Error(fmt::format("The crop {} is not possible; give a share from {} to 1.", how.crop, least_crop));
  const double target = std::floor(side / how.crop); // pixels
  double across = target;
  double down = target;
  if (how.mode == ResizeMode::Crop) { // torchvision's Resize: the longer side is rounded down
    across = width <= height ? target : std::floor(target * width / height);
    down = width <= height ? std::floor(target * height / width) : target;
  } else if (how.mode == ResizeMode::Pad) { // timm's ResizeKeepRatio
    const double ratio = std::max(width / target, height / target);
    across = std::max(1.0, std::nearbyint(width / ratio));
    down = std::max(1.0, std::nearbyint(height / ratio));
  }
  return {placed(static_cast<std::int64_t>(across), side), placed(static_cast<std::int64_t>(down), side)};
}

/// The pixels of the resized image that the square shows.
ResizedPart::Range shown(const SideFit& fit, int side) {
  const std::int64_t first = std::max<std::int64_t>(0, fit.start);
  return {first, static_cast<int>(std::min(fit.resized, fit.start + side) - first)};
}

} // namespace

std::string describe(const Resizing& how) {
  const std::string crop = how.crop == 1 ? "" : fmt::format(" ({})", how.crop);
  const std::string_view way = how.mode == ResizeMode::Crop  ? "middle cropped"
                               : how.mode == ResizeMode::Pad ? "padded"
                               : how.crop == 1               ? "squashed"
                                                             : "squashed and cropped";
  return fmt::format("{}{}, {}", way, crop, text_of(how.interpolation));
}

std::string outside_text(const Resizing& how) {
  return fmt::format("its object lies outside of the part of the image that the network sees ({})", describe(how));
}

BoundingBox seen_part(const Resizing& how, int width, int height, int side) {
  if (shows_all(how))
    return {0, 0, static_cast<double>(width), static_cast<double>(height)};
  const SquareFit square = placed(how, width, height, side);
  const double across = static_cast<double>(width) / static_cast<double>(square.across.resized);
  const double down = static_cast<double>(height) / static_cast<double>(square.down.resized);
  return {static_cast<double>(square.across.start) * across, static_cast<double>(square.down.start) * down,
          side * across, side * down};
}

BoundingBox seen_box(const BoundingBox& box, const BoundingBox& seen, int width, int height) {
  const bool padded = seen.x < 0 || seen.y < 0 || seen.width > width || seen.height > height;
  const BoundingBox inside = padded ? clip(box, width, height) : box;
  return {inside.x - seen.x, inside.y - seen.y, inside.width, inside.height};
}

double seen_scale(const BoundingBox& box, const BoundingBox& seen, int width, int height) {
  return object_scale(seen_box(box, seen, width, height), seen.width, seen.height);
}

Image to_square(const Image& image, int side, const Resizing& how, const std::array<std::uint8_t, 3>& ground) {
  const SquareFit square = placed(how, image.width, image.height, side);
  const ResizedPart part{square.across.resized, square.down.resized, shown(square.across, side),
                         shown(square.down, side)};
  Image shown = resize_part(image, part, how.interpolation);
  if (shown.width == side && shown.height == side)
    return shown;
  Image padded{side, side, std::vector<std::uint8_t>(std::size_t{3} * side * side)};
  for (std::size_t i = 0; i < padded.pixels.size(); ++i)
    padded.pixels[i] = ground[i % 3];
  const std::int64_t left = std::max<std::int64_t>(0, -square.across.start);
  const std::int64_t top = std::max<std::int64_t>(0, -square.down.start);
  const std::ptrdiff_t row_size = std::ptrdiff_t{3} * shown.width;
  for (int y = 0; y < shown.height; ++y)
    std::copy_n(shown.pixels.begin() + y * row_size, row_size, padded.pixels.begin() + 3 * ((top + y) * side + left));
  return padded;
}

} // namespace scalescope
