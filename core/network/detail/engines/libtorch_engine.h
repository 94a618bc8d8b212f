#pragma once

#include "core/network/detail/engines/engine.h"

#include <torch/csrc/jit/runtime/interpreter.h>
#include <torch/script.h>

#include <memory>
#include <string>
#include <vector>

namespace scalescope {

/// Converts "auto", "cpu", "cuda" or "cuda:N" to an available device. @throws Error if it is not available; it never
/// uses another one instead.
[[nodiscard]] c10::Device find_device(const std::string& name);

/// Why LibTorch can't compute here with that precision; "" if it can.
[[nodiscard]] std::string libtorch_unavailable(Precision precision);
/// "LibTorch 1.13.1".
[[nodiscard]] std::string libtorch_version();

/// How a plan is prepared.
enum class Preparation {
  None,        ///< the unchanged graph: for a single run
  OneDnn,      ///< batch norms folded into convolutions, these in oneDNN's own layouts: CPU and float32 only
  Accelerator, ///< batch norms folded; weights and images in channels_last; copies through pinned memory, waited for
               ///< once; bfloat16 by autocast. The CPU takes it too: in bfloat16, and in tests (nothing is pinned
               ///< then).
};

/// Where and how LibTorch runs a plan.
struct LibTorchSettings {
  c10::Device device{c10::kCPU};
  Precision precision = Precision::Float32;
  Preparation preparation = Preparation::OneDnn;
};

/// With the fastest preparation for a plan that runs many times.
[[nodiscard]] LibTorchSettings libtorch_settings(c10::Device device, Precision precision);

/// A plan prepared for LibTorch.
class LibTorchPlan : public CompiledPlan {
 public:
  LibTorchPlan(std::shared_ptr<torch::jit::Graph> graph, const LibTorchSettings& settings);
  [[nodiscard]] std::vector<Activation> run(std::span<const float> images, std::int64_t n, int height,
                                            int width) const override;
  /// Runs the plan on a batch, N x 3 x H x W on the device. @return the plan's outputs, shapes among them.
  [[nodiscard]] std::vector<c10::IValue> run(const at::Tensor& images) const;

 private:
  LibTorchSettings settings_;
  torch::jit::Code code_;
};

} // namespace scalescope
