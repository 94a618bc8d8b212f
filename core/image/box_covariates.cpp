#include "core/image/box_covariates.h"

#include <cmath>

namespace scalescope {

std::vector<double> box_covariates(const BoundingBox& box, double image_width, double image_height) {
  constexpr double near = 0.5;
  const BoundingBox inside = clip(box, image_width, image_height);
  const double x = (inside.x + inside.width / 2) / image_width;
  const double y = (inside.y + inside.height / 2) / image_height;
  const int edges = (inside.x <= near ? 1 : 0) + (inside.y <= near ? 1 : 0) +
                    (inside.x + inside.width >= image_width - near ? 1 : 0) +
                    (inside.y + inside.height >= image_height - near ? 1 : 0);
  return {x,
          y,
          (x - 0.5) * (x - 0.5),
          (y - 0.5) * (y - 0.5),
          std::log(inside.width / inside.height),
          std::log(image_width),
          std::log(image_height),
          static_cast<double>(edges)};
}

} // namespace scalescope
