#pragma once

namespace scalescope {

/// An axis-parallel box in pixels of the upright image: x to the right, y down, the corner (x, y) at its top left.
struct BoundingBox {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};

/// The part of the box that lies within an image of that size; its width and height are 0 if there is none.
[[nodiscard]] BoundingBox clip(const BoundingBox& box, double image_width, double image_height);

/// Converts a box in the stored image to the upright image, for an EXIF orientation (1 to 8).
/// @param width,height of the upright image.
[[nodiscard]] BoundingBox turned_upright(const BoundingBox& box, int orientation, double width, double height);

/// Whether the box lies within the first pixel of its image, also if its corner is the centre, as in YOLO. Then it is
/// not in pixels, but in fractions of the image.
[[nodiscard]] bool looks_like_fractions(const BoundingBox& box);

/// Object scale: area of the box within the image over the area of the image, 0 to 1.
[[nodiscard]] double object_scale(const BoundingBox& box, double image_width, double image_height);

} // namespace scalescope
