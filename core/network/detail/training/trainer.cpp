#include "core/network/detail/training/trainer.h"

#include "core/base/error.h"
#include "core/network/detail/architectures/architectures.h"
#include "core/network/detail/engines/batch_parts.h"
#include "core/network/detail/engines/gpu_arithmetic.h"
#include "core/network/detail/engines/torch_error.h"
#include "core/network/detail/graph/rewrites.h"
#include "core/network/detail/training/training_mode.h"

#include <fmt/format.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

namespace scalescope {

namespace {

// Returns the result of `work`; converts torch's exceptions to an Error. @param on the images, for messages.
template <typename Work>
auto checked(const std::string& name, const std::string& on, c10::Device device, const Work& work) {
  const GpuArithmetic repeatable(device, GpuArithmetic::Mode::Repeatable);
  // Without the optimising executor, which would compile again for each batch size.
  const torch::jit::GraphOptimizerEnabledGuard as_written(false);
  try {
    return work();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& e) {
    if (is_out_of_memory(e))
      throw Error(fmt::format("Memory ran out while {} was trained{}; use a smaller batch or --input-size.", name, on));
    throw Error(
        fmt::format("{} can't be trained{} ({}); try another layer, batch or --input-size.", name, on, cause_of(e)));
  }
}

std::string on(const at::Tensor& images) {
  return fmt::format(" on {} images of {} x {} pixels", images.size(0), images.size(3), images.size(2));
}

} // namespace

Trainer::Trainer(std::string name, TruncatedModule network, c10::Device device, double learning_rate)
    : name_(std::move(name)), network_(std::move(network)), device_(device) {
  follow_training_mode(network_.module);
  for (const torch::jit::Module& part : network_.module.modules())
    for (const torch::jit::Method& method : part.get_methods())
      restrict_convolutions(*method.graph());
  checked(name_, "", device_, [&] { network_.module.to(device_); });
  std::vector<at::Tensor> parameters;
  for (const at::Tensor& parameter : network_.module.parameters())
    if (parameter.is_floating_point())
      parameters.push_back(parameter.requires_grad_());
  if (parameters.size() <= 2) // those of the readout
    throw Error(fmt::format("{} has no parameters to train, because its weights are constants in its code: save it as "
                            "TorchScript without torch.jit.freeze.",
                            name_));
  optimiser_ = std::make_unique<torch::optim::Adam>(std::move(parameters), torch::optim::AdamOptions(learning_rate));
}

at::Tensor Trainer::run(const at::Tensor& images) {
  const at::Tensor outputs = network_.module.forward({images.to(device_)}).toTensor();
  if (outputs.numel() != images.size(0))
    throw Error(fmt::format("{} returns {} values for {} images, so it can't be trained; it was probably traced with a "
                            "fixed batch.",
                            name_, outputs.numel(), images.size(0)));
  return outputs.view({-1});
}

double Trainer::step(const at::Tensor& images, const at::Tensor& targets) {
  return checked(name_, on(images), device_, [&] {
    optimiser_->zero_grad();
    const at::Tensor loss = at::mse_loss(run(images), targets.to(device_));
    loss.backward();
    optimiser_->step();
    return loss.item<double>();
  });
}

std::vector<double> Trainer::outputs(const at::Tensor& images) {
  const torch::NoGradGuard no_gradients;
  const at::Tensor outputs =
      checked(name_, on(images), device_, [&] { return run(images).to(at::kCPU, at::kDouble).contiguous(); });
  return {outputs.data_ptr<double>(), outputs.data_ptr<double>() + outputs.numel()};
}

void Trainer::keep_state() {
  kept_.clear();
  for (const auto& [name, tensor] : state_dict(network_.module))
    kept_.push_back(tensor.detach().to(at::kCPU, /*non_blocking=*/false, /*copy=*/true));
}

void Trainer::restore_state() {
  auto kept = kept_.begin();
  for (const auto& [name, tensor] : state_dict(network_.module))
    tensor.detach().copy_(*kept++);
}

void Trainer::scale_output(double factor, double offset) {
  const torch::NoGradGuard no_gradients;
  const torch::jit::Module readout = network_.module.attr(network_.readout).toModule();
  readout.attr("weight").toTensor().mul_(factor);
  readout.attr("bias").toTensor().mul_(factor).add_(offset);
}

std::string Trainer::archive(const Provenance& provenance) {
  train_mode(false);
  network_.module.to(at::kCPU); // so that a machine without a GPU can open it
  std::string bytes = archive_of(network_.module, provenance);
  network_.module.to(device_);
  return bytes;
}

} // namespace scalescope
