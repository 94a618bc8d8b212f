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
  /// Of attention in windows of a map (Swin): what attends, windows x positions x channels, and the map that it was
  /// made of, N x height x width x channels. Null for whole images.
  torch::jit::Value* windows = nullptr;
  torch::jit::Value* map = nullptr;
};
[[nodiscard]] std::vector<AttentionWeights> find_attention(const FlatGraph& flat);

/// Adds weights of attention in windows to the graph, together with the places of the windows' positions in the map:
/// the operations that made the windows of the map are repeated on a map of its row and column numbers.
/// @return N x windows x (heads * queries + 2) x keys; the last two rows are row and column of each key, counted from
/// 1; 0 for padding.
[[nodiscard]] torch::jit::Value* add_window_places(FlatGraph& flat, const AttentionWeights& weights);

/// Adds the attention rollout of Abnar and Zuidema (Quantifying Attention Flow in Transformers, 2020) to the graph: the
/// mean over the heads, plus the identity, each row divided by its sum; and the product of these over the blocks.
/// @param weights of the blocks in their order, all of the same tokens. @return N x 1 x tokens x tokens.
[[nodiscard]] torch::jit::Value* add_rollout(FlatGraph& flat, const std::vector<torch::jit::Value*>& weights);

} // namespace scalescope
