#pragma once

#include "core/network/network.h"

namespace scalescope {

constexpr int patience = 60000; ///< ms, for what runs in the background

/// What tests of the window open: small, and the same for one seed.
inline ModelSource drawn_resnet18(std::uint64_t seed = 1) {
  return {.file = {}, .architecture = "resnet18", .random_weights = true, .seed = seed};
}
inline RunOptions small_input() {
  RunOptions options;
  options.input_size = 64;
  return options;
}

} // namespace scalescope
