#include "core/network/detail/onnx/check_onnx.h"

#include "core/base/error.h"
#include "core/network/detail/engines/openvino_core.h"
#include "core/network/detail/engines/torch_error.h"

#include <ATen/Functions.h>
#include <fmt/format.h>
#include <torch/csrc/jit/runtime/interpreter.h>

#include <cmath>

namespace scalescope {
namespace {

std::vector<at::Tensor> run_onnx(const std::string& bytes, const at::Tensor& images) {
  const auto model = openvino_core().read_model(bytes, ov::Tensor());
  // Without a hint, OpenVINO chooses bfloat16 by itself if the processor supports it.
  ov::CompiledModel compiled =
      openvino_core().compile_model(model, "CPU", ov::hint::inference_precision(ov::element::f32));
  ov::InferRequest request = compiled.create_infer_request();
  const at::Tensor plain = images.contiguous();
  // The tensor only reads the data; its constructor needs a non-const pointer.
  request.set_input_tensor(
      ov::Tensor(ov::element::f32, ov::Shape(plain.sizes().begin(), plain.sizes().end()), plain.data_ptr<float>()));
  request.infer();
  std::vector<at::Tensor> outputs;
  for (std::size_t i = 0; i < compiled.outputs().size(); ++i) {
    const ov::Tensor output = request.get_output_tensor(i);
    const ov::Shape shape = output.get_shape();
    const std::vector<std::int64_t> sizes(shape.begin(), shape.end());
    const auto kind = torch_type(output.get_element_type());
    if (!kind)
      throw Cause("OpenVINO returns another type of number");
    outputs.push_back(at::from_blob(const_cast<void*>(output.data()), sizes, *kind).clone());
  }
  return outputs;
}

} // namespace

std::optional<double> onnx_difference(const std::string& bytes, const FlatGraph& flat, const at::Tensor& images) {
  const torch::NoGradGuard no_gradients;
  torch::jit::Stack expected{images};
  torch::jit::InterpreterState(torch::jit::Code(flat.graph, "check_onnx")).run(expected);
  std::vector<at::Tensor> found;
  try {
    found = run_onnx(bytes, images);
  } catch (const std::exception& e) {
    throw Error(
        fmt::format("The ONNX file that was written can't be checked, because OpenVINO does not run it ({}), so "
                    "it was not kept; choose another --format.",
                    cause_of(e, "OpenVINO")));
  }
  double largest = 0;
  bool same_form = found.size() == expected.size();
  for (std::size_t i = 0; same_form && i < found.size(); ++i) {
    const at::Tensor wanted = expected[i].toTensor().to(at::kDouble);
    same_form = found[i].sizes() == wanted.sizes();
    if (!same_form || wanted.numel() == 0)
      continue;
    const double difference = (found[i].to(at::kDouble) - wanted).abs().max().item<double>();
    const double magnitude = wanted.abs().max().item<double>();
    if (difference != 0) // NaN is not 0 either
      largest = std::isfinite(difference) ? std::max(largest, difference / magnitude) : INFINITY;
  }
  if (!same_form)
    throw Error("The ONNX file that was written returns tensors of other shapes than the network, so it was not kept; "
                "choose another --format, and please report this.");
  return largest;
}

} // namespace scalescope
