#pragma once

#include "core/network/detail/graph/flat_graph.h"

#include <string>
#include <vector>

namespace scalescope {

inline constexpr const char* rollout_name = "attention rollout";

/// Attention weights in a flat graph: softmax of Q K^T, N x heads x queries x keys, if they are for whole images.
struct AttentionWeights {
  std::string name;   ///< of the layer that shows them: its module's, and "attention"
  std::string module; ///< the one that computes them
  torch::jit::Value* value = nullptr;
};
[[nodiscard]] std::vector<AttentionWeights> find_attention(const FlatGraph& flat);

/// Adds the attention rollout of Abnar and Zuidema (Quantifying Attention Flow in Transformers, 2020) to the graph: the
/// mean over the heads, plus the identity, each row divided by its sum; and the product of these over the blocks.
/// @param weights of the blocks in their order, all of the same tokens. @return N x 1 x tokens x tokens.
[[nodiscard]] torch::jit::Value* add_rollout(FlatGraph& flat, const std::vector<torch::jit::Value*>& weights);

} // namespace scalescope
