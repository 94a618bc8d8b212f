#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <functional>
#include <vector>

namespace scalescope {

/// What sees each value of a graph as it is made.
using SeeValue = std::function<void(const torch::jit::Value*, const c10::IValue&)>;

/// Runs a graph node by node, and lets go of each value after its last use.
/// @param inputs one for each of the graph's
/// @param needed which nodes run; those that they read must be among them
/// @throws Error at a loop; std::exception of LibTorch if an operation refuses its inputs
void run_by_nodes(
    const torch::jit::Graph& graph, const std::vector<c10::IValue>& inputs, const SeeValue& see,
    const std::function<bool(const torch::jit::Node*)>& needed = [](const auto*) { return true; });

} // namespace scalescope
