#pragma once
// Private to core/stage: pictures drawn into others at any size and at fractions of a pixel.

#include "core/stage/stage.h"

namespace scalescope {

/// Where a layer is drawn: a point (x, y) of the layer appears at (left + scale * x, top + scale * y).
struct Spot {
  double scale = 1;
  double left = 0;
  double top = 0;
};

/// Draws a layer over a picture, with a triangle filter that widens when it shrinks (as resize does).
/// @return the area in pixels that it covers within the picture: the sum of its alpha, 0 to 1 each.
double draw(const CutLayer& layer, const Spot& spot, Image& onto);

/// A picture that continues in mirror images of itself, seen through a window of width x height.
[[nodiscard]] Image draw_mirrored(const Image& image, const Spot& spot, int width, int height);

/// The whole picture as an opaque layer.
[[nodiscard]] CutLayer opaque_layer(const Image& image);

} // namespace scalescope
