#pragma once

#include "core/network/detail/truncation/truncated_module.h"

#include <torch/optim/adam.h>
#include <torch/script.h>

#include <memory>
#include <string>
#include <vector>

namespace scalescope {

/// A network with a linear readout at its end, N x 1, during training. Images and targets may be on any device.
class Trainer {
 public:
  /// @param name of the network, for messages. @throws Error if nothing but the readout can learn, or memory runs out.
  Trainer(std::string name, TruncatedModule network, c10::Device device, double learning_rate);

  void train_mode(bool on) { network_.module.train(on); }
  /// One step of Adam on the mean squared error of a batch. @return that error, before the step.
  double step(const at::Tensor& images, const at::Tensor& targets);
  /// The output, without training.
  [[nodiscard]] std::vector<double> outputs(const at::Tensor& images);

  /// Saves the present parameters and buffers, on the CPU.
  void keep_state();
  /// Restores the saved state.
  void restore_state();
  /// Changes the output to `factor` times the old one, plus `offset`.
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
