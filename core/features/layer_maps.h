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
  bool heads = false; ///< channels are heads of attention
  int height = 0;     ///< 1 x 1 for a layer that returns a vector
  int width = 0;
  /// channels x height x width. Tokens are a map of their patches, where their order is known; the tokens in front of
  /// the patches have no place in the image and are left out. Weights of attention have a map for each head: how much
  /// the class token attends to each patch; without a class token, the mean over the patches that attend.
  std::vector<float> values;
  std::vector<float> pooled; ///< the layer's features: the means of its channels, and of tokens what `tokens` says
};

/// Brings the output of a layer into the order of LayerMaps.
/// @param shape of the output for one image: C x H x W, H x W x C, positions x C or C, as Layer::channel_axis says.
/// Attention: heads x queries x keys. @param tokens of ModelSource.
[[nodiscard]] LayerMaps to_maps(const Layer& layer, Tokens tokens, std::vector<std::int64_t> shape,
                                std::span<const float> values);

/// Maps of at most most_side x most_side positions: means over cells of equal size, as PyTorch's adaptive_avg_pool2d.
[[nodiscard]] LayerMaps averaged(const LayerMaps& maps, int most_side);

} // namespace scalescope
