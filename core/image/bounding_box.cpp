#include "core/image/bounding_box.h"

#include <cmath>

namespace scalescope {

BoundingBox clip(const BoundingBox& box, int image_width, int image_height) {
  const double left = std::fmax(box.x, 0);
  const double top = std::fmax(box.y, 0);
  const double right = std::fmin(box.x + box.width, image_width);
  const double bottom = std::fmin(box.y + box.height, image_height);
  // A sum that is not finite is the one test for every NaN and for infinities that cancel; negative sides end here too.
  const bool finite = std::isfinite(box.x + box.y + box.width + box.height);
  if (!finite || !(left < right) || !(top < bottom))
    return {std::fmin(left, image_width), std::fmin(top, image_height), 0, 0};
  return {left, top, right - left, bottom - top};
}

double object_scale(const BoundingBox& box, int image_width, int image_height) {
  if (image_width <= 0 || image_height <= 0)
    return 0;
  const BoundingBox inside = clip(box, image_width, image_height);
  return inside.width * inside.height / (static_cast<double>(image_width) * image_height);
}

} // namespace scalescope
