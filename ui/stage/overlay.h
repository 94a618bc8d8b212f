#pragma once

#include "ui/workspace/colour_map.h"

#include <QSize>

#include <span>

namespace scalescope {

enum class Upscaling { Crisp, Smooth };

/// A map to lay over an image: coloured, at `size` pixels, everywhere as opaque as `opacity` (0 .. 1). Smooth
/// interpolates the values, not the colours, so that no colour appears that isn't in the colour map's order.
/// ARGB32_Premultiplied.
[[nodiscard]] QImage overlay(std::span<const float> map, int width, int height, const MapColours& colours, QSize size,
                             double opacity, Upscaling upscaling);

} // namespace scalescope
