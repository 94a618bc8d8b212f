#pragma once
// Images drawn into others at any size and at fractions of a pixel.

#include "core/stage/segment.h"

namespace scalescope {

/// Where a layer is drawn: a point (x, y) of the layer appears at (left + scale * x, top + scale * y).
struct Spot {
  double scale = 1;
  double left = 0;
  double top = 0;
};

/// Draws a layer over an image, with a triangle filter that widens when it shrinks (as resize does).
/// @return the area in pixels that it covers within the image: the sum of its alpha, 0 to 1 each.
double draw(const ObjectLayer& layer, const Spot& spot, Image& onto);

/// An image that continues in mirror images of itself, seen through a window of width x height.
[[nodiscard]] Image draw_mirrored(const Image& image, const Spot& spot, int width, int height);

/// The whole image as an opaque layer.
[[nodiscard]] ObjectLayer opaque_layer(const Image& image);

} // namespace scalescope
