#pragma once

#include "core/base/enum_names.h"
#include "core/image/bounding_box.h"
#include "core/image/image.h"
#include "core/image/resize.h"

#include <array>
#include <cstdint>
#include <string>

namespace scalescope {

/// What becomes of an image's proportions when it becomes a square.
enum class ResizeMode {
  Squash, ///< width and height are resized each for itself
  Crop,   ///< the shorter side fills the square, and what is left over of the longer side is cropped
  Pad     ///< the longer side fills the square, and the rest is filled with a colour (letterbox)
};
template <>
inline constexpr auto enum_names<ResizeMode> = std::to_array<std::pair<std::string_view, ResizeMode>>(
    {{"squash", ResizeMode::Squash}, {"crop", ResizeMode::Crop}, {"pad", ResizeMode::Pad}});

/// How an image becomes the square that a network is given. Source of the three forms: the evaluation transforms of
/// timm (transforms_imagenet_eval, with the crop modes squash, center and border), which use torchvision's Resize and
/// CenterCrop.
struct Resizing {
  ResizeMode mode = ResizeMode::Squash;
  Interpolation interpolation = Interpolation::Bilinear;
  /// The image is resized for a square of side / crop pixels, of which the middle is cropped. 1: nothing more is
  /// cropped. From least_crop to 1.
  double crop = 1;
  bool operator==(const Resizing&) const = default;
};
inline constexpr double least_crop = 0.1;

/// Whether the square shows the whole image and nothing else.
[[nodiscard]] inline bool shows_all(const Resizing& how) { return how.mode == ResizeMode::Squash && how.crop == 1; }
/// "squashed, bilinear", "middle cropped (0.875), bicubic".
[[nodiscard]] std::string describe(const Resizing& how);

/// The part of an image that a square of `side` pixels shows, in pixels of the image. With Pad it reaches beyond the
/// image. @throws Error if crop is not from least_crop to 1.
[[nodiscard]] BoundingBox seen_part(const Resizing& how, int width, int height, int side);

/// A box as the network sees it: in pixels of the image, counted from the corner of the seen part. What lies beyond the
/// image, where Pad shows a colour, is left out.
/// @param width,height of the image.
[[nodiscard]] BoundingBox seen_box(const BoundingBox& box, const BoundingBox& seen, int width, int height);

/// The object scale that the network sees: area of the box within the seen part over the area of the seen part.
[[nodiscard]] double seen_scale(const BoundingBox& box, const BoundingBox& seen, int width, int height);

/// Why an object that the network does not see is left out: "it lies outside of the part of the image that ...".
[[nodiscard]] std::string outside_text(const Resizing& how);

/// The image as a square of `side` pixels. @param ground the colour that Pad fills with.
/// @throws Error as seen_part.
[[nodiscard]] Image to_square(const Image& image, int side, const Resizing& how,
                              const std::array<std::uint8_t, 3>& ground);

} // namespace scalescope
