#pragma once

#include "core/network/detail/onnx/onnx.pb.h"

#include <functional>
#include <string>

namespace scalescope {

/// Whether an operator may be left to OpenVINO's reader of ONNX files, which ignores attributes that it doesn't know:
/// it is one that was compared with ONNX's own tests or ONNX Runtime, and has no attributes but those that were known
/// then.
/// @param is_translated whether a standard operator has a translation, for those in bodies of loops and branches
[[nodiscard]] bool may_be_left_to_openvino(const onnx::NodeProto& node,
                                           const std::function<bool(const std::string&)>& is_translated);

} // namespace scalescope
