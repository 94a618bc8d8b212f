#pragma once

#include <torch/csrc/jit/ir/ir.h>
#include <torch/script.h>

#include <string>

namespace scalescope {

/// Finds the last call of a layer in a module's forward in evaluation mode, and moves it to the top level of the graph:
/// the methods of its parent modules are inlined, and branches that lead to it are replaced by their path in
/// evaluation. Calls of other modules stay calls.
/// @param graph a copy of the module's forward. @param layer its full name, not "".
/// @return the call; null if there is none outside loops and branches that are decided only at run time.
[[nodiscard]] torch::jit::Node* bring_up_call(torch::jit::Graph& graph, const torch::jit::Module& module,
                                              const std::string& layer);

/// Replaces branches at the top of a graph by what they do, where attributes of the module decide that: `wide`, but not
/// `training`, which may change.
void settle_branches(torch::jit::Graph& graph, const torch::jit::Module& module);

/// The function that a call of a method runs; null for another node, or a method of what is no module.
[[nodiscard]] torch::jit::Function* called_method(const torch::jit::Node* node);

/// A module inside another by its full name; "" is the other itself.
[[nodiscard]] torch::jit::Module submodule(const torch::jit::Module& module, const std::string& name);

} // namespace scalescope
