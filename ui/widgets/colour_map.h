#pragma once

#include <QImage>

#include <array>
#include <span>

namespace scalescope {

/// Viridis and Magma are perceptually uniform with a lightness that only grows, as Grey's does. Diverging goes from
/// blue over a neutral light grey to red: for values of both signs.
enum class ColourMap { Viridis, Magma, Grey, Diverging };

using ColourTable = std::array<QRgb, 256>;

/// The colours from the lowest value to the highest, opaque. Viridis and Magma are OpenCV's (van der Walt and Smith's,
/// as in matplotlib); Diverging is the cool-warm map of K. Moreland, "Diverging Color Maps for Scientific
/// Visualization" (ISVC 2009), interpolated in his Msh space.
[[nodiscard]] const ColourTable& colour_table(ColourMap map);

/// What stands for a value that is not a number: a cyan that is in none of the maps.
inline constexpr QRgb not_a_number_colour = 0xff00e5ff;

/// Which colours a map of values gets: `low` the first, `high` the last. Values outside take the colours of the ends.
/// Where high is not above low, every value gets the middle of Diverging or the first colour of another map.
struct MapColours {
  ColourMap map = ColourMap::Viridis;
  float low = 0;
  float high = 1;
  [[nodiscard]] QRgb of(float value) const;
  bool operator==(const MapColours&) const = default;
};

/// Colours a map (height x width, row by row): an opaque image with one pixel a value.
[[nodiscard]] QImage colour(std::span<const float> map, int width, int height, const MapColours& colours);

} // namespace scalescope
