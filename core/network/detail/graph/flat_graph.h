#pragma once

#include <torch/csrc/jit/ir/ir.h>
#include <torch/script.h>

#include <memory>
#include <string>
#include <vector>

namespace scalescope {

/// What a module returned: a value of the flat graph.
struct ModuleOutput {
  std::string module; ///< full name, as named_modules() gives it
  torch::jit::Value* value = nullptr;
  int calls = 1; ///< how often the module was called; `value` is from the last call
};

/// A network as one flat list of ATen operations: calls inlined, weights as constants, no branches on constants left,
/// no operation in place. Its only input is the batch, its outputs are the tensors that the network returns. Every
/// node's scope is the full name of the module it came from (see module_of).
struct FlatGraph {
  std::shared_ptr<torch::jit::Graph> graph;
  std::vector<ModuleOutput> outputs;     ///< in the order in which the modules returned
  std::vector<std::string> output_names; ///< one for each of the graph's outputs: "" where it is the only one, else
                                         ///< its place or key ("1", "logits", "0.1")
};

/// @throws Error if the network can't be flattened: it takes more than one input or returns no tensor.
[[nodiscard]] FlatGraph flatten(const torch::jit::Module& module);

/// Leaves a flat graph one of its outputs.
void keep_output(FlatGraph& flat, std::size_t index);

/// The full name of the module that a node of a flat graph came from.
[[nodiscard]] std::string module_of(const torch::jit::Node* node);

/// Replaces in-place operations (relu_, add_, ...) by their pure forms, so that a value never changes. Uses after the
/// operation read its result, as before. @throws Error if that is impossible: a view of the changed tensor that is not
/// a slice is read again, or a branch changes a tensor that is read after it.
void remove_in_place_operations(const std::shared_ptr<torch::jit::Graph>& graph);

} // namespace scalescope
