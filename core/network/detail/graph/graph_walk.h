#pragma once
// Helpers for walking through a TorchScript graph.

#include <torch/csrc/jit/ir/ir.h>

#include <functional>
#include <string>
#include <vector>

namespace scalescope {

/// The full name of something inside a module: "a" and "b.c" make "a.b.c"; either may be empty.
[[nodiscard]] std::string join_names(const std::string& a, const std::string& b);

/// The path of a chain of GetAttr that ends at `self`: the name of a module or attribute, behind `prefix`.
[[nodiscard]] std::string path_of(const torch::jit::Value* value, const torch::jit::Value* self,
                                  const std::string& prefix = "");

/// Visits every node of a block and of the blocks in it, inner ones first. The visitor may destroy the node.
void for_each_node(torch::jit::Block* block, const std::function<void(torch::jit::Node*)>& visit);

/// A tensor among those that a value holds.
struct HeldTensor {
  std::string name;                   ///< the way to it: "", "1", "logits", "0.1"
  torch::jit::Value* value = nullptr; ///< a list or dict whose tensors the graph does not tell yet stands for itself
};

/// The tensors in a value, in their order: itself, or those in the tuple, list or dict that holds them. Inserts at the
/// current insert point.
[[nodiscard]] std::vector<HeldTensor> tensors_in(torch::jit::Graph& graph, torch::jit::Value* value);

/// The first of them; null if there is none.
[[nodiscard]] torch::jit::Value* first_tensor(torch::jit::Graph& graph, torch::jit::Value* value);

/// Whether a node changes what its input of that index holds (relu_, append).
[[nodiscard]] bool writes_to(const torch::jit::Node* node, std::size_t input);

/// Whether a value is read after a node, in a branch behind it too.
[[nodiscard]] bool is_used_after(const torch::jit::Value* value, const torch::jit::Node* node);

} // namespace scalescope
