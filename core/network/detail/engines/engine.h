#pragma once

#include "core/network/engines.h"
#include "core/network/network.h"

#include <c10/core/Device.h>
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

/// What a plan is compiled for.
struct PlanSettings {
  c10::Device device{c10::kCPU};
  Precision precision = Precision::Float32;
  int threads = 1;
  int images = 1; ///< as in Network::plan
};

/// An engine, as the program finds it: all that is known of it, and how it compiles a plan.
struct EngineBackend {
  EngineFacts facts;
  /// "OpenVINO 2026.4.0", "" in a build without it.
  std::string (*version)() = nullptr;
  /// Why it can't compute on this machine's CPU with that precision; "" if it can.
  std::string (*unavailable)(Precision precision) = nullptr;
  /// @param graph left as it is. @throws std::exception if the engine has no counterpart of an operation in the graph.
  std::unique_ptr<CompiledPlan> (*compile)(const std::shared_ptr<torch::jit::Graph>& graph,
                                           const PlanSettings& settings) = nullptr;
};

/// The backends of known_engines(), in that order.
[[nodiscard]] std::span<const EngineBackend* const> engine_backends();

} // namespace scalescope
