#pragma once
// Private to core/network: shows torch. What is needed to find one's way in a graph of TorchScript.

#include <torch/csrc/jit/ir/ir.h>

#include <functional>
#include <string>

namespace scalescope {

/// The full name of something inside a module: "a" and "b.c" make "a.b.c"; either may be empty.
[[nodiscard]] std::string join_names(const std::string& a, const std::string& b);

/// The path of a chain of GetAttr that ends at `self`: the name of a module or attribute, behind `prefix`.
[[nodiscard]] std::string path_of(const torch::jit::Value* value, const torch::jit::Value* self,
                                  const std::string& prefix = "");

/// Visits every node of a block and of the blocks in it, inner ones first. The visitor may destroy the node.
void for_each_node(torch::jit::Block* block, const std::function<void(torch::jit::Node*)>& visit);

/// The first tensor in a value: itself, or in the tuple, list or dict that holds it; null if there is none. Inserts at
/// the current insert point.
[[nodiscard]] torch::jit::Value* first_tensor(torch::jit::Graph& graph, torch::jit::Value* value);

/// Whether a node changes what its input of that index holds (relu_, append).
[[nodiscard]] bool writes_to(const torch::jit::Node* node, std::size_t input);

/// Whether a value is read after a node, in a branch behind it too.
[[nodiscard]] bool is_used_after(const torch::jit::Value* value, const torch::jit::Node* node);

} // namespace scalescope
