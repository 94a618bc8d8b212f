#pragma once

#include "core/image/image.h"

#include <array>
#include <cstdint>
#include <span>

namespace scalescope {

/// Perceptual colour maps: equal steps of the value look equally large. Viridis and magma are matplotlib's.
enum class ColourMap {
  Viridis,
  Magma,
  Grey,
  Diverging, ///< blue over light grey to red, for values of both signs (Moreland 2009, "cool to warm")
};

using ColourTable =
    std::array<std::array<std::uint8_t, 3>, 256>; ///< red, green, blue from the lowest value to the highest

[[nodiscard]] const ColourTable& colour_table(ColourMap map);

/// Colours a map of values.
/// @param values height x width, row by row.
/// @param low,high the values of the table's first and last colour; what lies beyond has these. Where they are equal,
/// or not finite, all finite values have the colour of the middle. NaN is mid grey.
/// @throws Error if there are not width x height values.
[[nodiscard]] Image colour(std::span<const float> values, int width, int height, float low, float high, ColourMap map);

} // namespace scalescope
