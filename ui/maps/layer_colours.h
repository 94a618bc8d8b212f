#pragma once

#include "ui/workspace/colour_map.h"
#include "ui/workspace/feature_maps.h"

#include <optional>
#include <span>

namespace scalescope {

/// Maps the values of one layer to colours: per channel from its lowest to its highest value, or for the whole layer
/// with its robust_range. Diverging ranges are symmetric about 0. Maps with a single value are always normalised per
/// layer, because they have no range.
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
