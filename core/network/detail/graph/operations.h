#pragma once
// Kinds of operations in a flat graph.

#include <torch/csrc/jit/ir/ir.h>

#include <vector>

namespace scalescope {

[[nodiscard]] bool is_convolution(const torch::jit::Node* node);
[[nodiscard]] bool is_linear(const torch::jit::Node* node);
/// Convolutions and linear layers.
[[nodiscard]] bool is_weight_operation(const torch::jit::Node* node);
/// Operations that may follow a convolution and belong to the same feature map.
[[nodiscard]] bool is_normalisation_or_activation(const torch::jit::Node* node);
/// Whether a node joins several paths: a residual addition, a concatenation, a gate.
[[nodiscard]] bool is_merge(const torch::jit::Node* node);

/// Whether a value may depend on the image: not a weight, not the length of a side.
[[nodiscard]] bool carries_data(const torch::jit::Value* value);
/// Those of the values that a node reads, branches inside it included.
[[nodiscard]] std::vector<const torch::jit::Value*> data_inputs(const torch::jit::Node* node);

} // namespace scalescope
