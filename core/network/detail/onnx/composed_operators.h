#pragma once

#include "core/network/detail/onnx/onnx.pb.h"

#include <vector>

namespace scalescope {

/// Operators that stand for several: ONNX's on whole numbers (QLinearConv, ConvInteger, ...) and those into which ONNX
/// Runtime's optimisers join others (domain com.microsoft, as its ContribOperators.md says what they compute).
/// @return standard operators that compute the same, in the version composed_version; empty for all other operators.
/// Values between them have names that start with '/'. A quantised value is whole numbers in float32.
[[nodiscard]] std::vector<onnx::NodeProto> composed_of(const onnx::NodeProto& node);

/// Of ONNX's operators.
constexpr int composed_version = 20;

} // namespace scalescope
