#pragma once

#include <openvino/frontend/pytorch/decoder.hpp>
#include <torch/csrc/jit/ir/ir.h>

#include <memory>

namespace scalescope {

/// A flat graph of ATen operations in the form that OpenVINO's PyTorch frontend reads (its own decoder needs Python).
/// The graph must hold no operation in place: make_plan's graphs do not.
/// @throws std::runtime_error if there is a branch.
[[nodiscard]] std::shared_ptr<ov::frontend::pytorch::TorchDecoder>
decode(const std::shared_ptr<torch::jit::Graph>& graph);

} // namespace scalescope
