#pragma once

#include "core/network/detail/onnx/onnx.pb.h"

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace scalescope {

/// A value that an operation uses, where it is cut out of its file.
struct OuterValue {
  at::Tensor constant;            ///< what it is, or not defined
  std::vector<std::int64_t> dims; ///< else its sizes (-1: not known) and its type
  c10::ScalarType type = c10::kFloat;
};

/// The names of the values that a node uses, of itself and in its graphs (bodies of loops, branches), each once.
[[nodiscard]] std::vector<std::string> values_used(const onnx::NodeProto& node);

/// A model of that operation alone: constants are part of it, all other values are its inputs, in the order of their
/// names; all its results are outputs. float16 and bfloat16 become float32, in which networks run here.
/// @param versions of the operators, by domain  @param whole the file's model, for its functions
/// @param check called with every tensor that the operation holds itself
[[nodiscard]] std::string single_operation(const onnx::NodeProto& node, const std::map<std::string, OuterValue>& values,
                                           const std::map<std::string, std::int64_t>& versions,
                                           const onnx::ModelProto& whole,
                                           const std::function<void(const onnx::TensorProto&)>& check);

} // namespace scalescope
