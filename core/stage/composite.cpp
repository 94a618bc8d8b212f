#include "core/stage/composite.h"

#include "core/base/error.h"
#include "core/image/resize.h"
#include "core/stage/detail/resample.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace scalescope {

namespace {

BoundingBox box_at(const Segmentation& apart, const Placement& placement) {
  const double width = apart.box.width * placement.scale;
  const double height = apart.box.height * placement.scale;
  return {placement.centre_x - width / 2, placement.centre_y - height / 2, width, height};
}

void check(const Segmentation& apart, const Placement& placement) {
  const bool finite = std::isfinite(placement.scale + placement.centre_x + placement.centre_y);
  if (!finite || placement.scale * std::min(apart.box.width, apart.box.height) < 1)
    throw Error(fmt::format("An object of {:.0f} x {:.0f} pixels can't be shown {} times as large: it must be at least "
                            "one pixel wide and high.",
                            apart.box.width, apart.box.height, placement.scale));
}

Placement home_of(const BoundingBox& box) { return {1, box.x + box.width / 2, box.y + box.height / 2}; }

bool is_home(const Segmentation& apart, const Placement& placement) {
  const Placement there = home(apart);
  return placement.scale == 1 && placement.centre_x == there.centre_x && placement.centre_y == there.centre_y;
}

Frame original_frame(const Segmentation& apart) {
  return {apart.original, apart.box, apart.fraction, apart.mask_fraction};
}

double area_of(const Image& image) { return static_cast<double>(image.width) * image.height; }

/// The start of the view along one side of the image; the view has the length `length / factor`.
double view_start(double factor, double length, double box_start, double box_length) {
  const double view = length / factor;
  const double centre = box_start + box_length / 2;
  const double box_end_in_view = box_start + box_length - view;
  return std::clamp(centre - centre / factor, std::min(box_start, box_end_in_view),
                    std::max(box_start, box_end_in_view));
}

} // namespace

Placement home(const Segmentation& apart) { return home_of(apart.box); }

double scale_of_fraction(const Segmentation& apart, double fraction) { return std::sqrt(fraction / apart.fraction); }
double fraction_of_scale(const Segmentation& apart, double scale) { return apart.fraction * scale * scale; }

Frame composite(const Segmentation& apart, const Placement& placement) {
  check(apart, placement);
  if (is_home(apart, placement))
    return original_frame(apart);
  Frame frame{apart.background, box_at(apart, placement), 0, 0};
  frame.mask_fraction = draw_object(apart.object, apart.box, placement, frame.image) / area_of(frame.image);
  frame.fraction = object_scale(frame.box, frame.image.width, frame.image.height);
  return frame;
}

double draw_object(const ObjectLayer& object, const BoundingBox& box, const Placement& placement, Image& onto) {
  const Placement before = home_of(box);
  const Spot spot{placement.scale, placement.centre_x + placement.scale * (object.left - before.centre_x),
                  placement.centre_y + placement.scale * (object.top - before.centre_y)};
  return draw(object, spot, onto);
}

ObjectOutline outline_at(const Segmentation& apart, const Placement& placement) {
  const Placement before = home(apart);
  ObjectOutline outline = apart.outline;
  for (auto& polygon : outline)
    for (OutlinePoint& point : polygon)
      point = {placement.centre_x + placement.scale * (point.x - before.centre_x),
               placement.centre_y + placement.scale * (point.y - before.centre_y)};
  return outline;
}

Frame zoom_camera(const Segmentation& apart, double factor) {
  check(apart, {factor, 0, 0});
  if (factor == 1)
    return original_frame(apart);
  const int width = apart.original.width;
  const int height = apart.original.height;
  const double left = view_start(factor, width, apart.box.x, apart.box.width);
  const double top = view_start(factor, height, apart.box.y, apart.box.height);
  const Spot spot{factor, -factor * left, -factor * top};

  Frame frame;
  if (factor > 1)
    frame.image = draw_mirrored(apart.original, spot, width, height); // mirrored by half a pixel at most
  else {
    frame.image = draw_mirrored(apart.background, spot, width, height);
    draw(opaque_layer(apart.original), spot, frame.image);
  }
  frame.box = {factor * (apart.box.x - left), factor * (apart.box.y - top), factor * apart.box.width,
               factor * apart.box.height};
  frame.fraction = object_scale(frame.box, width, height);
  Image unseen{width, height, std::vector<std::uint8_t>(apart.original.pixels.size())};
  const Spot object{factor, spot.left + factor * apart.object.left, spot.top + factor * apart.object.top};
  frame.mask_fraction = draw(apart.object, object, unseen) / area_of(unseen);
  return frame;
}

Frame resized(const Frame& frame, int width, int height) {
  Frame result{resize(frame.image, width, height), frame.box, frame.fraction, frame.mask_fraction};
  const double across = static_cast<double>(width) / frame.image.width;
  const double down = static_cast<double>(height) / frame.image.height;
  result.box = {frame.box.x * across, frame.box.y * down, frame.box.width * across, frame.box.height * down};
  return result;
}

} // namespace scalescope
