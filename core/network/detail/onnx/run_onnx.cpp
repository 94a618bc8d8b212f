#include "core/network/detail/onnx/run_onnx.h"

#include "core/network/detail/engines/openvino_core.h"
#include "core/network/detail/engines/torch_error.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>

#include <map>
#include <mutex>

namespace scalescope {
namespace {

// More models than the networks that a person has open need; each holds its constants.
constexpr std::size_t most_compiled = 2000;

// Models that were compiled, by their bytes: each is for any size of its inputs.
class CompiledModels {
 public:
  ov::CompiledModel get(const std::string& model) {
    const std::lock_guard lock(mutex_);
    if (const auto known = models_.find(model); known != models_.end())
      return known->second;
    if (models_.size() >= most_compiled)
      models_.clear();
    // Without a hint, OpenVINO chooses bfloat16 by itself if the processor supports it.
    ov::CompiledModel compiled = openvino_core().compile_model(
        openvino_core().read_model(model, ov::Tensor()), "CPU", ov::hint::inference_precision(ov::element::f32),
        ov::num_streams(1), ov::inference_num_threads(at::get_num_threads()));
    return models_.emplace(model, std::move(compiled)).first->second;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, ov::CompiledModel> models_;
};

CompiledModels& compiled_models() {
  static CompiledModels models;
  return models;
}

} // namespace

std::vector<std::optional<OnnxResult>> onnx_results(const std::string& model) {
  std::vector<std::optional<OnnxResult>> results;
  for (const auto& output : openvino_core().read_model(model, ov::Tensor())->outputs()) {
    const auto type = torch_type(output.get_element_type());
    const ov::PartialShape shape = output.get_partial_shape();
    if (!type || shape.rank().is_dynamic()) {
      results.emplace_back(std::nullopt);
      continue;
    }
    OnnxResult result{{}, *type};
    for (const auto& dim : shape)
      result.dims.push_back(dim.is_dynamic() ? -1 : dim.get_length());
    results.emplace_back(std::move(result));
  }
  return results;
}

at::Tensor run_onnx_operation(const std::string& model, std::int64_t result, const std::vector<at::Tensor>& inputs) {
  ov::CompiledModel compiled = compiled_models().get(model);
  ov::InferRequest request = compiled.create_infer_request();
  std::vector<at::Tensor> held; // while it runs
  auto floating = at::kFloat;   // of a plan in another precision
  auto device = c10::Device(c10::kCPU);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (at::GradMode::is_enabled() && inputs[i].requires_grad())
      throw Cause("an operation of it runs in OpenVINO, which computes no gradients");
    const ov::element::Type wanted = compiled.input(i).get_element_type();
    if (inputs[i].is_floating_point())
      floating = inputs[i].scalar_type();
    device = inputs[i].device();
    held.push_back(inputs[i].detach().cpu().to(torch_type(wanted).value()).contiguous());
    const at::Tensor& plain = held.back();
    request.set_input_tensor(
        i, ov::Tensor(wanted, ov::Shape(plain.sizes().begin(), plain.sizes().end()), plain.data_ptr()));
  }
  request.infer();
  const ov::Tensor output = request.get_output_tensor(static_cast<std::size_t>(result));
  const ov::Shape shape = output.get_shape();
  const auto type = torch_type(output.get_element_type());
  if (!type)
    throw Cause("OpenVINO returns another type of number");
  at::Tensor made = at::empty(std::vector<std::int64_t>(shape.begin(), shape.end()), *type);
  std::memcpy(made.data_ptr(), std::as_const(output).data(), output.get_byte_size());
  return made.to(device, made.is_floating_point() ? floating : *type);
}

} // namespace scalescope
