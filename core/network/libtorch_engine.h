#pragma once
// Private to core/network: shows torch.

#include "core/network/engine.h"

#include <torch/csrc/jit/runtime/interpreter.h>
#include <torch/script.h>

#include <memory>
#include <string>
#include <vector>

namespace scalescope {

/// "auto", "cpu", "cuda", "cuda:N" as a device that is there. @throws Error if it is not: never another one instead.
[[nodiscard]] c10::Device find_device(const std::string& name);

/// How much to invest before a plan runs. Many: convolutions with their batch norms folded in, on the CPU in oneDNN's
/// own layouts. Once: the graph as it is.
enum class Runs { Once, Many };

/// A plan made ready for LibTorch.
class LibTorchPlan : public CompiledPlan {
 public:
  LibTorchPlan(std::shared_ptr<torch::jit::Graph> graph, c10::Device device, Runs runs);
  [[nodiscard]] std::vector<Activation> run(std::span<const float> images, std::int64_t n, int height,
                                            int width) const override;
  /// Runs the plan on a batch, N x 3 x H x W on any device. @return the plan's outputs, shapes among them.
  [[nodiscard]] std::vector<c10::IValue> run(const at::Tensor& images) const;

 private:
  c10::Device device_;
  torch::jit::Code code_;
};

} // namespace scalescope
