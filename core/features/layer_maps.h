#pragma once

#include "core/network/network.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace scalescope {

/// Every channel of a layer for one image.
struct LayerMaps {
  std::string layer;
  int channels = 0;
  int height = 0; ///< 1 x 1 for a layer that returns a vector
  int width = 0;
  /// channels x height x width. A sequence of n x n positions, with or without a class token, is a map of n x n.
  std::vector<float> values;
  std::vector<float> pooled; ///< mean of each channel (global average pooling), a class token's included
};

/// Brings the output of a layer into the order of LayerMaps.
/// @param shape of the output for one image: C x H x W, H x W x C, positions x C or C, as Layer::channel_axis says.
[[nodiscard]] LayerMaps to_maps(const Layer& layer, std::vector<std::int64_t> shape, std::span<const float> values);

/// Maps of at most most_side x most_side positions: means over cells of equal size, as PyTorch's adaptive_avg_pool2d.
[[nodiscard]] LayerMaps averaged(const LayerMaps& maps, int most_side);

} // namespace scalescope
