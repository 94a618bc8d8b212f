#include "ui/maps/layer_colours.h"

#include <algorithm>
#include <cmath>

namespace scalescope {

LayerColours::LayerColours(const FeatureMaps& maps, Normalisation normalisation, ColourChoice choice) {
  if (maps.empty())
    return;
  if (choice) {
    map_ = *choice;
  } else {
    const auto all = value_range(*maps.values);
    map_ = all.low < 0 && all.high > 0 ? ColourMap::Diverging : ColourMap::Viridis;
  }
  if (maps.height * maps.width == 1)
    common_ = value_range(*maps.values);
  else if (normalisation == Normalisation::PerLayer)
    common_ = robust_range(*maps.values);
}

MapColours LayerColours::of(std::span<const float> map) const {
  const auto range = common_ ? *common_ : value_range(map);
  if (!is_diverging(map_))
    return {map_, range.low, range.high};
  const float size = std::max(std::abs(range.low), std::abs(range.high));
  return {map_, -size, range.low <= range.high ? size : -size};
}

} // namespace scalescope
