#pragma once

#include "core/features/image_attention.h"
#include "core/network/network.h"

#include <cstdint>
#include <memory>
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
  /// channels x height x width. Tokens are a map of their patches, where their order is known; the tokens in front of
  /// the patches have no place in the image and are left out. Weights of attention have a map for each head, as
  /// ImageAttention::of_image.
  std::vector<float> values;
  std::vector<float> pooled; ///< the layer's features: the means of its channels, and of tokens what `tokens` says
  std::shared_ptr<const ImageAttention> attention; ///< of weights of attention, whose channels are heads; else null
};

/// The order of the tokens of a layer that returned that many: for images of another size than it was measured with,
/// the grid is a square.
[[nodiscard]] TokenForm form_of(const Layer& layer, std::int64_t tokens);

/// Brings the output of a layer into the order of LayerMaps.
/// @param shape of the output for one image: C x H x W, H x W x C, positions x C or C, as Layer::channel_axis says.
/// Attention: see ImageAttention. @param tokens of ModelSource.
[[nodiscard]] LayerMaps to_maps(const Layer& layer, Tokens tokens, std::vector<std::int64_t> shape,
                                std::span<const float> values);

/// Maps of at most most_side x most_side positions: means over cells of equal size, as PyTorch's adaptive_avg_pool2d.
[[nodiscard]] LayerMaps averaged(const LayerMaps& maps, int most_side);

} // namespace scalescope
