#pragma once

#include "core/network/detail/graph/flat_graph.h"

#include <cstdint>
#include <string>
#include <vector>

namespace scalescope {

/// The sizes that a dimension of an exported network's input may have.
struct SizeRange {
  std::int64_t least = 0;
  std::int64_t most = 0; ///< 0: any
};

/// The images that an exported network takes, with a note where these are few.
/// @param sizes of its input: N x channels x height x width, or channels last
/// @throws Unreadable if these are no square images, or more than 1024 at once.
[[nodiscard]] ImageLimits read_image_sizes(const std::vector<SizeRange>& sizes, std::vector<std::string>& notes);

} // namespace scalescope
