#pragma once

#include <c10/core/ScalarType.h>
#include <openvino/openvino.hpp>

#include <optional>

namespace scalescope {

/// One for the program: plugins are loaded once.
[[nodiscard]] ov::Core& openvino_core();

/// OpenVINO's type of numbers for LibTorch's. @throws Cause if it has none.
[[nodiscard]] ov::element::Type openvino_type(c10::ScalarType type);

/// LibTorch's type of numbers for OpenVINO's; no value if it has none.
[[nodiscard]] std::optional<c10::ScalarType> torch_type(const ov::element::Type& type);

} // namespace scalescope
