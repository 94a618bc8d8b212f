#pragma once

#include "core/image/sample.h"

#include <string>

namespace scalescope {

/// An image as it is shown: its size upright, and the orientation (see orientation_of) that it was turned from.
struct ImageFrame {
  int width = 0;
  int height = 0;
  int orientation = 1;
};

/// Where a box lies in its image.
struct PlacedBox {
  BoundingBox box;    ///< in pixels of the upright image, and at least partly within it
  std::string remark; ///< empty, or how the annotation was read where the image is not as it says
};

/// Finds where a sample's box lies in its image, from the size that the annotation states (Sample::drawn_on). Whoever
/// opens an image with a box asks this.
/// - The size is the upright image's, or none is stated: the box is taken as it is. Where EXIF turns the image and
///   the size is the same before and after (orientations 2 to 4, squares), or none is stated, it can't be told in which
///   the box was drawn: it is taken as drawn on the upright one, with a remark.
/// - It is that of the image before EXIF turns it: the box is turned with the image, with a remark.
/// - It is one of these times a single factor (sides to within a pixel): all boxes of the annotation lie within the
///   stated size, then the box is scaled, with a remark; or they do not, but lie within the image, then the size
///   alone is wrong, and the box is taken as it is, with a remark.
/// @param sample has a box. @throws Error, with both sizes, for whatever contradicts itself; also if no part of the box
/// lies within the image, and if it looks like fractions.
[[nodiscard]] PlacedBox place_box(const Sample& sample, const ImageFrame& image);

} // namespace scalescope
