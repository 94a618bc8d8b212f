#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <cstdint>
#include <string>
#include <vector>

/// Operations of ONNX files that have no translation to ATen. OpenVINO's own reader of ONNX files runs them, on both
/// engines. In a graph each is
///   scalescope::run_onnx(str model, int result, Tensor[] inputs) -> Tensor
/// where `model` is an ONNX model of that operation alone, with its constants, and `result` the number of the output.
namespace scalescope {

/// Inserts one result of an operation. @param operation its name for messages, "LSTM"
torch::jit::Value* insert_run_onnx(torch::jit::Graph& graph, const std::string& model, std::int64_t result,
                                   const std::vector<torch::jit::Value*>& inputs, const std::string& operation);

[[nodiscard]] bool is_run_onnx(const torch::jit::Node* node);

/// The first such node of a graph; null if there is none.
[[nodiscard]] const torch::jit::Node* first_run_onnx(const torch::jit::Graph& graph);

/// "the operation LSTM in the layer 'rnn'", of such a node. @param layer the module around it
[[nodiscard]] std::string said_of_run_onnx(const torch::jit::Node* node, const std::string& layer);

} // namespace scalescope
