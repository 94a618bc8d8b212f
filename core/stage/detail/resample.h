#pragma once
// Draws images into others at any size and at subpixel positions.

#include "core/stage/segment.h"

namespace scalescope {

/// The position of a layer: a point (x, y) of the layer appears at (left + scale * x, top + scale * y).
struct Spot {
  double scale = 1;
  double left = 0;
  double top = 0;
};

/// Draws a layer over an image, with a triangle filter that is wider for smaller results (like resize).
/// @return the area in pixels that it covers within the image: the sum of its alpha, 0 to 1 each.
double draw(const ObjectLayer& layer, const Spot& spot, Image& onto);

/// A window of width x height into an image that is continued by mirroring.
[[nodiscard]] Image draw_mirrored(const Image& image, const Spot& spot, int width, int height);

/// The whole image as an opaque layer.
[[nodiscard]] ObjectLayer opaque_layer(const Image& image);

} // namespace scalescope
