#pragma once

#include "core/network/network.h"

#include <torch/csrc/jit/ir/ir.h>

#include <cstdint>
#include <vector>

namespace scalescope {

/// How the output of a layer becomes its features.
struct Pooling {
  std::vector<std::int64_t> positions = {}; ///< the dimensions that the mean is over
  std::int64_t skipped = 0;                 ///< that many tokens, at the front, are not in the mean
  bool class_token = false;                 ///< the first token's channels are features,
  bool mean = true;                         ///< and behind them the mean's
};

[[nodiscard]] Pooling pooling_of(const Layer& layer, Tokens tokens);

/// Adds the operations at the graph's insert point. @return the features, N x Layer::features.
[[nodiscard]] torch::jit::Value* insert_pooling(torch::jit::Graph& graph, torch::jit::Value* output,
                                                const Pooling& pooling);

} // namespace scalescope
