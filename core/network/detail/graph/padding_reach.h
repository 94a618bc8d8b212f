#pragma once

#include "core/network/detail/graph/flat_graph.h"

#include <array>
#include <cstdint>
#include <unordered_map>

namespace scalescope {

/// Positions of a map along one axis.
struct AxisReach {
  std::int64_t size = 0;  ///< of the map
  std::int64_t first = 0; ///< first .. last: the positions whose receptive field touches no padding; first > last: none
  std::int64_t last = -1;
  [[nodiscard]] std::int64_t untouched() const { return last >= first ? last - first + 1 : 0; }
};

/// The part of a value that depends on padding.
struct PaddingReach {
  bool vector = false;                ///< not a map: it depends on all positions of one
  std::array<AxisReach, 2> axes = {}; ///< of a map: height, width
  bool touched = false;               ///< of a vector: it depends on padding
  [[nodiscard]] std::int64_t untouched() const {
    return vector ? (touched ? 0 : 1) : axes[0].untouched() * axes[1].untouched();
  }
};

/// For images of side x side pixels, what is known of the values of a flat graph: the receptive field of every position
/// is followed through convolutions, pooling, padding, operations on single positions and global pooling. A pooling
/// window that reaches beyond its map (ceil_mode) counts as padding, and amounts of padding may depend on the map's
/// sides. What comes after any other operation is not in the result.
[[nodiscard]] std::unordered_map<const torch::jit::Value*, PaddingReach> padding_reach(const FlatGraph& flat, int side);

} // namespace scalescope
