#pragma once

#include <torch/csrc/jit/ir/ir.h>
#include <torch/script.h>

#include <unordered_map>
#include <vector>

namespace scalescope {

/// What the values of a graph were in a run. Tensors without their numbers: on the meta device, with the sizes, strides
/// and type that they had.
using RecordedRun = std::unordered_map<const torch::jit::Value*, c10::IValue>;

/// Runs a graph without branches, operation by operation. @param inputs one for each of the graph's.
/// @throws std::exception of LibTorch if an operation refuses its inputs.
[[nodiscard]] RecordedRun record_run(const torch::jit::Graph& graph, const std::vector<c10::IValue>& inputs);

} // namespace scalescope
