#pragma once

#include "ui/workspace/colour_map.h"
#include "ui/workspace/feature_maps.h"

#include <optional>
#include <span>

namespace scalescope {

/// How the maps of one layer become colours: per channel from its lowest to its highest value, or all of the layer with
/// its robust_range. Diverging ranges are symmetric about 0. Maps of a single value have no range of their own and are
/// always normalised per layer.
class LayerColours {
 public:
  LayerColours() = default;
  LayerColours(const FeatureMaps& maps, Normalisation normalisation, ColourChoice choice);
  [[nodiscard]] MapColours of(std::span<const float> map) const;

 private:
  ColourMap map_ = ColourMap::Viridis;
  std::optional<ValueRange> common_;
};

} // namespace scalescope
