#pragma once
// The boxes of objects that are not annotated by a box.

#include "core/image/bounding_box.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace scalescope {

/// The smallest box around points: x0, y0, x1, y1, ... @throws Error without the annotation's name if there are fewer
/// than `least` points, or half a point.
[[nodiscard]] BoundingBox box_of_points(std::span<const double> coordinates, std::size_t least = 3);

/// The box with two opposite corners, in any order.
[[nodiscard]] BoundingBox box_between(double x0, double y0, double x1, double y1);

/// The smallest box that contains both boxes.
[[nodiscard]] BoundingBox united(const BoundingBox& a, const BoundingBox& b);

/// The box of an ellipse with its centre and radii. @param radians by which it is rotated around its centre.
[[nodiscard]] BoundingBox box_of_ellipse(double x, double y, double radius_x, double radius_y, double radians = 0);

/// The box around a rectangle that is rotated around the point (x, y).
/// @param left,top,width,height of the rectangle before, relative to that point. @param degrees clockwise.
[[nodiscard]] BoundingBox box_of_rotated(double x, double y, const BoundingBox& rectangle, double degrees);

/// The box of a mask in COCO's run lengths: alternately pixels without and with the object, column by column.
/// As toBbox of pycocotools, https://github.com/cocodataset/cocoapi (common/maskApi.c, rleToBbox).
/// @throws Error without the annotation's name if the runs do not fill the mask, or if it is empty.
[[nodiscard]] BoundingBox box_of_runs(std::span<const std::uint64_t> runs, std::uint64_t height, std::uint64_t width);

/// COCO's compressed run lengths as numbers (rleFrString in maskApi.c). @throws Error for other text.
[[nodiscard]] std::vector<std::uint64_t> decompressed_runs(std::string_view text);

} // namespace scalescope
