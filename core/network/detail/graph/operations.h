#pragma once
// What the operations of a flat graph are.

#include <torch/csrc/jit/ir/ir.h>

#include <vector>

namespace scalescope {

[[nodiscard]] bool is_convolution(const torch::jit::Node* node);
[[nodiscard]] bool is_linear(const torch::jit::Node* node);
/// Convolutions and linear layers.
[[nodiscard]] bool is_weight_operation(const torch::jit::Node* node);
/// What may follow a convolution without making another feature map of it.
[[nodiscard]] bool is_normalisation_or_activation(const torch::jit::Node* node);
/// Whether a node joins several paths: a residual addition, a concatenation, a gate.
[[nodiscard]] bool is_merge(const torch::jit::Node* node);

/// Whether a value is made of tensors that may hold something of an image: no weight, no length of a side.
[[nodiscard]] bool carries_data(const torch::jit::Value* value);
/// Those of the values that a node reads, branches inside it included.
[[nodiscard]] std::vector<const torch::jit::Value*> data_inputs(const torch::jit::Node* node);

} // namespace scalescope
