#pragma once

#include "core/network/detail/graph/flat_graph.h"

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>

namespace scalescope {

/// Runs an ONNX file on OpenVINO's ONNX frontend, and the flat graph that it was written from on LibTorch.
/// @param bytes of the file, with its outputs in the order of the graph's
/// @param images N x channels x height x width, as the graph takes them
/// @return the largest difference of an output, of its largest magnitude; no value in a build without OpenVINO
/// @throws Error if OpenVINO can't run the file, or its outputs have another number or shape.
[[nodiscard]] std::optional<double> onnx_difference(const std::string& bytes, const FlatGraph& flat,
                                                    const at::Tensor& images);

} // namespace scalescope
