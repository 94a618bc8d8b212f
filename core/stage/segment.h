#pragma once

#include "core/base/enum_names.h"
#include "core/image/bounding_box.h"
#include "core/image/image.h"

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace scalescope {

// An object's size in an image is changed in two steps. The object is segmented once (slow: up to a second), and
// composited for every frame (fast: a resize and a blend). composite and zoom_camera change the object scale; resized
// changes the image size.

/// How the object is segmented: the whole box, or the pixels that GrabCut (Rother et al. 2004) finds in the box.
/// GrabCut may include the background in a hole of the object.
enum class SegmentBy { Box, Mask };
template <>
inline constexpr auto enum_names<SegmentBy> =
    std::to_array<std::pair<std::string_view, SegmentBy>>({{"mask", SegmentBy::Mask}, {"box", SegmentBy::Box}});

/// How the area behind the object is filled.
enum class Fill {
  Inpaint,    ///< patches of the surroundings (Wexler et al. 2007, with PatchMatch by Barnes et al. 2009)
  Blur,       ///< the blurred surroundings, without any pixel of the object
  MeanColour, ///< one colour: the mean of the image without the object
  Noise,      ///< white noise with mean and standard deviation of the image without the object, channel by channel
};
template <>
inline constexpr auto enum_names<Fill> = std::to_array<std::pair<std::string_view, Fill>>(
    {{"inpaint", Fill::Inpaint}, {"blur", Fill::Blur}, {"mean", Fill::MeanColour}, {"noise", Fill::Noise}});

struct SegmentSettings {
  SegmentBy by = SegmentBy::Mask;
  Fill fill = Fill::Inpaint;
  /// Width of the soft edge, as a share of the object's side (the root of its box's area): standard deviation of the
  /// Gaussian that softens the mask, 0 to 0.25, at least half a pixel unless 0. It is half inside and half outside of
  /// the mask's border, so that the object's area stays the same.
  double feather = 0.004;
};

/// A piece of an image with transparency: height x width x 4 samples, red, green and blue multiplied by alpha, alpha.
struct ObjectLayer {
  int left = 0; ///< place of its first pixel in the image
  int top = 0;
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;
};

struct OutlinePoint {
  double x = 0;
  double y = 0;
};
/// Closed polygons in pixels.
using ObjectOutline = std::vector<std::vector<OutlinePoint>>;

/// An image with a movable object. All measures are those of the object in the original.
struct Segmentation {
  Image original;
  Image background;         ///< as large as the original, with the area behind the object filled
  ObjectLayer object;       ///< the object
  BoundingBox box;          ///< the part of the given box within the image
  double fraction = 0;      ///< object scale: area of `box` over area of the image
  double mask_fraction = 0; ///< area of the mask over area of the image
  ObjectOutline outline;    ///< of the mask, in pixels of the original
  std::string note;         ///< empty, or a sentence about a deviation from the settings, with the reason
};

/// A copy of the image with a limited longer side, and the box in its pixels, if the full resolution is not needed. A
/// smaller image is returned unchanged.
[[nodiscard]] std::pair<Image, BoundingBox> working_copy(const Image& image, const BoundingBox& box, int longest_side);

/// Segments an object and fills the area behind it. The same arguments give the same bytes.
/// @param box may lie partly outside of the image; the part within is the object's box.
/// @param seed of GrabCut's and the filling's random numbers.
/// @throws Error if less than 4 x 4 pixels of the box lie within the image, or if nothing outside of the object is left
/// to fill the area behind it. If GrabCut finds no object, the whole box is segmented, with a `note`.
[[nodiscard]] Segmentation segment(const Image& image, const BoundingBox& box, const SegmentSettings& settings = {},
                                   std::uint64_t seed = 0);

/// The same with a given mask; settings.by is ignored.
/// @param mask height x width of the image: 0 outside of the object, 255 inside, values between are the covered share.
/// Only the part within the box counts.
/// @throws Error also if the mask has another size or is empty within the box.
[[nodiscard]] Segmentation segment(const Image& image, const BoundingBox& box, std::span<const std::uint8_t> mask,
                                   const SegmentSettings& settings = {}, std::uint64_t seed = 0);

} // namespace scalescope
