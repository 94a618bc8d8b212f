#pragma once

#include "core/network/detail/truncation/truncated_module.h"

#include <torch/optim/adam.h>
#include <torch/script.h>

#include <memory>
#include <string>
#include <vector>

namespace scalescope {

/// A network that ends in a linear readout, N x 1, while it is trained. Images and targets may be on any device.
class Trainer {
 public:
  /// @param name of the network, for messages. @throws Error if nothing but the readout can learn, or memory runs out.
  Trainer(std::string name, TruncatedModule network, c10::Device device, double learning_rate);

  void train_mode(bool on) { network_.module.train(on); }
  /// One step of Adam on the mean squared error of a batch. @return that error, before the step.
  double step(const at::Tensor& images, const at::Tensor& targets);
  /// What it returns, without learning.
  [[nodiscard]] std::vector<double> outputs(const at::Tensor& images);

  /// Keeps parameters and buffers as they are now, on the CPU.
  void keep_state();
  /// Brings back what was kept.
  void restore_state();
  /// From now on it returns `factor` times what it did, plus `offset`.
  void scale_output(double factor, double offset);
  /// As bytes of a TorchScript archive, in evaluation mode.
  [[nodiscard]] std::string archive(const Provenance& provenance);

 private:
  at::Tensor run(const at::Tensor& images);

  std::string name_;
  TruncatedModule network_;
  c10::Device device_;
  std::unique_ptr<torch::optim::Adam> optimiser_;
  std::vector<at::Tensor> kept_;
};

} // namespace scalescope
