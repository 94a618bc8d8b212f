#pragma once

#include "ui/workspace/colour_map.h"

#include <QSize>

#include <span>

namespace scalescope {

enum class Upscaling { Crisp, Smooth };

/// A map to lay over an image: coloured, with `size` pixels and a constant `opacity` (0 .. 1). Smooth interpolates the
/// values, not the colours, so that only colours of the colour map appear. ARGB32_Premultiplied.
[[nodiscard]] QImage overlay(std::span<const float> map, int width, int height, const MapColours& colours, QSize size,
                             double opacity, Upscaling upscaling);

} // namespace scalescope
