#pragma once
// The outlines of the objects, and their rasterisation.

#include <opencv2/core.hpp>

#include <vector>

namespace scalescope {

/// A shape as closed polygons. Holes run the other way round.
using Outline = std::vector<std::vector<cv::Point2d>>;

/// The outline of a class (an index in scene_classes()), within about one unit of the origin, y down.
[[nodiscard]] const Outline& outline_of(int object_class);

[[nodiscard]] Outline rotated(const Outline& outline, double angle);
/// The points of the outline times `factor`, then moved by `offset`.
[[nodiscard]] Outline placed(const Outline& outline, double factor, cv::Point2d offset);
[[nodiscard]] cv::Rect2d box_of(const Outline& outline);

/// The largest ratio of the sides of a box, for any class and rotation.
[[nodiscard]] double largest_aspect();

/// The share of each pixel's area that the outline covers, 0 to 1, exactly. The outline lies inside the image.
[[nodiscard]] cv::Mat1f coverage(const Outline& outline, int width, int height);

} // namespace scalescope
