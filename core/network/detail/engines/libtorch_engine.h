#pragma once

#include "core/network/detail/engines/engine.h"
#include "core/network/detail/engines/preparation.h"

#include <torch/csrc/jit/runtime/interpreter.h>
#include <torch/script.h>

#include <memory>
#include <optional>
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

/// With the fastest preparation for a plan that runs many times.
[[nodiscard]] LibTorchSettings libtorch_settings(c10::Device device, Precision precision);

/// A plan prepared for LibTorch. In a short format it runs in Form::Fast; if an operation refuses that, in
/// Form::Autocast from then on.
class LibTorchPlan : public CompiledPlan {
 public:
  LibTorchPlan(std::shared_ptr<torch::jit::Graph> graph, const LibTorchSettings& settings);
  ~LibTorchPlan() override;
  [[nodiscard]] std::vector<Activation> run(std::span<const float> images, std::int64_t n, int height,
                                            int width) const override;
  /// Runs the plan on a batch, N x 3 x H x W on the device. @return the plan's outputs, shapes among them.
  [[nodiscard]] std::vector<c10::IValue> run(const at::Tensor& images) const;
  /// The form that it runs in now.
  [[nodiscard]] Form form() const { return form_; }

 private:
  class Gpu;
  void use(Form form) const;
  [[nodiscard]] std::vector<c10::IValue> run_code(const at::Tensor& images) const;

  LibTorchSettings settings_;
  std::unique_ptr<Gpu> gpu_;                 ///< how a GPU's plan moves data; null for others
  std::shared_ptr<torch::jit::Graph> graph_; ///< as it was given
  mutable bool is_tried_ = false;            ///< whether a run in the present form succeeded
  mutable Form form_ = Form::Fast;
  mutable std::optional<torch::jit::Code> code_;
};

} // namespace scalescope
