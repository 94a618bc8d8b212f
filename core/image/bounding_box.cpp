#include "core/image/bounding_box.h"

#include <cmath>

namespace scalescope {

BoundingBox clip(const BoundingBox& box, double image_width, double image_height) {
  const double left = std::fmax(box.x, 0);
  const double top = std::fmax(box.y, 0);
  const double right = std::fmin(box.x + box.width, image_width);
  const double bottom = std::fmin(box.y + box.height, image_height);
  // One test of the sum finds every NaN and infinity. Negative sides are also handled here.
  const bool finite = std::isfinite(box.x + box.y + box.width + box.height);
  if (!finite || !(left < right) || !(top < bottom))
    return {std::fmin(left, image_width), std::fmin(top, image_height), 0, 0};
  return {left, top, right - left, bottom - top};
}

BoundingBox turned_upright(const BoundingBox& box, int orientation, double width, double height) {
  // 5 to 8 are 1 to 4, mirrored along the diagonal.
  BoundingBox turned = orientation > 4 ? BoundingBox{box.y, box.x, box.height, box.width} : box;
  const int flips = orientation % 4;
  if (flips == 2 || flips == 3) // left to right
    turned.x = width - turned.x - turned.width;
  if (flips == 3 || flips == 0) // top to bottom
    turned.y = height - turned.y - turned.height;
  return turned;
}

bool looks_like_fractions(const BoundingBox& box) {
  const double slack = 0.05; // boxes may extend slightly beyond their image, even as fractions
  const auto is_fraction = [&](double value) { return value >= -slack && value <= 1 + slack; };
  return is_fraction(box.x) && is_fraction(box.y) && is_fraction(box.width) && is_fraction(box.height);
}

double object_scale(const BoundingBox& box, double image_width, double image_height) {
  if (image_width <= 0 || image_height <= 0)
    return 0;
  const BoundingBox inside = clip(box, image_width, image_height);
  return inside.width * inside.height / (image_width * image_height);
}

} // namespace scalescope
