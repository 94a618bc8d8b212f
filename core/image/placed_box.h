#pragma once

#include "core/image/sample.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace scalescope {

/// The size of an upright image, and its original orientation (see orientation_of).
struct ImageFrame {
  int width = 0;
  int height = 0;
  int orientation = 1;
};

/// The frame of an image from its bytes, without decoding it. @param file for messages. @throws Error as read_image, as
/// far as the header and the structure of the file tell.
[[nodiscard]] ImageFrame frame_of(std::string_view bytes, const std::filesystem::path& file);

/// The position of a box in its image.
struct PlacedBox {
  BoundingBox box;    ///< in pixels of the upright image, and at least partly within it
  std::string remark; ///< empty, or how the annotation was interpreted if it does not match the image
};

/// Finds the position of a sample's box in its image, from the size that the annotation states (Sample::drawn_on). All
/// code that opens an image with a box uses it.
/// - The box is in fractions: they are those of the upright image; if EXIF rotates it, with a remark.
/// - The size is that of the upright image, or no size is stated: the box is used as written. If EXIF rotates the image
///   and the size is the same before and after (orientations 2 to 4, squares), or no size is stated, it is not clear in
///   which one the box was drawn: it is used as drawn on the upright one, with a remark.
///   If the box reaches beyond the image, with a remark.
/// - It is that of the image before its EXIF rotation: the box is rotated with the image, with a remark.
/// - It is one of these sizes times a single factor (sides to within a pixel). If all boxes of the annotation lie
///   within the stated size, the box is scaled, with a remark. If they do not, but lie within the image, only the size
///   is wrong, and the box is used as written, with a remark.
/// @param sample must have a box. @throws Error with both sizes for any other size; also if no part of the box lies
/// within the image, or if it looks like fractions.
[[nodiscard]] PlacedBox place_box(const Sample& sample, const ImageFrame& image);

} // namespace scalescope
