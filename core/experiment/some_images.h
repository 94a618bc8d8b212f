#pragma once

#include "core/image/sample.h"

#include <cstdint>
#include <vector>

namespace scalescope {

/// At most that many of the images of a data set, drawn at random, with all their samples, in their order.
/// @param most 0: all of them.
[[nodiscard]] std::vector<Sample> some_images(const std::vector<Sample>& samples, int most, std::uint32_t seed);

} // namespace scalescope
