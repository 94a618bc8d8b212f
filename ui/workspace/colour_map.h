#pragma once

#include "core/base/enum_names.h"

#include <QImage>
#include <QStringList>

#include <array>
#include <optional>
#include <span>

namespace scalescope {

/// Viridis and Magma are perceptually uniform with a lightness that only grows, as Grey's does. Diverging goes from
/// blue over a neutral light grey to red: for values of both signs.
enum class ColourMap { Viridis, Magma, Grey, Diverging };

/// In the order in which menus list them: files and menus use the same names.
template <>
inline constexpr auto enum_names<ColourMap> =
    std::to_array<std::pair<std::string_view, ColourMap>>({{"viridis", ColourMap::Viridis},
                                                           {"magma", ColourMap::Magma},
                                                           {"grey", ColourMap::Grey},
                                                           {"diverging", ColourMap::Diverging}});

/// Whether the map is for values of both signs, so that its middle belongs to 0.
[[nodiscard]] bool is_diverging(ColourMap map);

using ColourTable = std::array<QRgb, 256>;

/// The opaque colours from the lowest value to the highest. Viridis and Magma are OpenCV's (van der Walt and Smith's,
/// as in matplotlib); Diverging is the cool-warm map of K. Moreland, "Diverging Color Maps for Scientific
/// Visualization" (ISVC 2009), interpolated in his Msh space.
[[nodiscard]] const ColourTable& colour_table(ColourMap map);

/// A map, or none for automatic: Diverging if a layer has values of both signs, else Viridis.
using ColourChoice = std::optional<ColourMap>;

/// The choices as a menu lists them, the automatic one (under the given name) first.
[[nodiscard]] QStringList colour_choice_names(const QString& automatic);
/// The place of a choice in that list, which the user's settings keep, too.
[[nodiscard]] int place_of(ColourChoice choice);
/// The choice at a place; beyond the ends of the list, the one at the end.
[[nodiscard]] ColourChoice colour_choice_at(int place);

/// The colour for NaN: a cyan that no map contains.
inline constexpr QRgb not_a_number_colour = 0xff00e5ff;

/// The range of values of a colour map: `low` gets the first colour, `high` the last. Values outside get the colours of
/// the ends. If high is not above low, every value gets the middle colour of a diverging map, or the first colour of
/// another map.
struct MapColours {
  ColourMap map = ColourMap::Viridis;
  float low = 0;
  float high = 1;
  [[nodiscard]] QRgb of(float value) const;
  bool operator==(const MapColours&) const = default;
};

/// Colours a map (height x width, row by row): an opaque image with one pixel per value.
[[nodiscard]] QImage colour(std::span<const float> map, int width, int height, const MapColours& colours);

} // namespace scalescope
