#pragma once

#include "core/network/network.h"

#include <torch/csrc/jit/ir/ir.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace scalescope {

/// A plan's graph (see graph_plan.h), compiled for an engine.
class CompiledPlan {
 public:
  virtual ~CompiledPlan() = default;
  /// Runs a batch, N x 3 x height x width. @return the plan's outputs.
  [[nodiscard]] virtual std::vector<Activation> run(std::span<const float> images, std::int64_t n, int height,
                                                    int width) const = 0;
};

/// Why OpenVINO can't run here, with that precision; "" if it can. A build without OpenVINO says so.
[[nodiscard]] std::string openvino_unavailable(Precision precision);
/// "OpenVINO 2026.4.0", "" in a build without it.
[[nodiscard]] std::string openvino_version();
/// The same of LibTorch.
[[nodiscard]] std::string libtorch_unavailable(Precision precision);
/// "LibTorch 1.13.1".
[[nodiscard]] std::string libtorch_version();
/// @param images as in Network::plan.
/// @throws std::exception if OpenVINO has no counterpart of an operation in the graph.
[[nodiscard]] std::unique_ptr<CompiledPlan> compile_openvino(const std::shared_ptr<torch::jit::Graph>& graph,
                                                             Precision precision, int threads, int images);

} // namespace scalescope
