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
[[nodiscard]] BoundingBox clip(const BoundingBox& box, int image_width, int image_height);

/// Object scale: area of the box within the image over the area of the image, 0 to 1.
[[nodiscard]] double object_scale(const BoundingBox& box, int image_width, int image_height);

} // namespace scalescope
