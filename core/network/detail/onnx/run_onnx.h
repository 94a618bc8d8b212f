#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace scalescope {

/// What an operation of an ONNX file gives.
struct OnnxResult {
  std::vector<std::int64_t> dims; ///< -1: not known before it runs
  c10::ScalarType type = c10::kFloat;
};

/// The results of an ONNX model of one operation, as OpenVINO's reader of ONNX files sees it; no value for one whose
/// number of dimensions or type can't be told.
/// @throws std::exception if OpenVINO doesn't read it, or is not part of this build.
[[nodiscard]] std::vector<std::optional<OnnxResult>> onnx_results(const std::string& model);

/// Runs such a model, on the CPU. @param result the number of the output
/// @throws std::exception if OpenVINO can't, or a gradient is wanted.
[[nodiscard]] at::Tensor run_onnx_operation(const std::string& model, std::int64_t result,
                                            const std::vector<at::Tensor>& inputs);

} // namespace scalescope
