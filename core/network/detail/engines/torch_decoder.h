#pragma once

#include <openvino/core/model.hpp>
#include <torch/csrc/jit/ir/ir.h>

#include <memory>

namespace scalescope {

/// OpenVINO's model of a flat graph of ATen operations, through its PyTorch frontend (whose own decoder needs Python).
/// The graph must hold no operation in place: make_plan's graphs do not. It must stay as it is while the model lives.
/// @throws std::exception if there is a branch, or an operation that OpenVINO does not know.
[[nodiscard]] std::shared_ptr<ov::Model> openvino_model(const std::shared_ptr<torch::jit::Graph>& graph);

} // namespace scalescope
