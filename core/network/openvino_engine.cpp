#include "core/network/engine.h"
#include "core/network/torch_decoder.h"

#include <fmt/format.h>
#include <openvino/frontend/pytorch/frontend.hpp>
#include <openvino/openvino.hpp>

#include <algorithm>
#include <string_view>

namespace scalescope {
namespace {

// One for the program: plugins are loaded once.
ov::Core& core() {
  static ov::Core the_core;
  return the_core;
}

// OpenVINO computes in float32 what lies between the last convolution and an output, lest a network's end be rounded.
// Taps are outputs: nearly every residual sum and concatenation would be such an end, and each map converted to and
// fro. So the CPU plugin is told of all that makes maps, and of the means over them, that bfloat16 will do; means are
// summed up in float32 all the same.
void keep_maps_in_bfloat16(const ov::Model& model) {
  for (const auto& op : model.get_ops()) {
    const bool makes_map = op->get_output_size() == 1 && op->get_output_partial_shape(0).rank().compatible(4);
    if (makes_map || std::string_view(op->get_type_name()) == "ReduceMean")
      op->get_rt_info()["enforceBF16evenForGraphTail"] = true;
  }
}

class OpenVinoPlan : public CompiledPlan {
 public:
  explicit OpenVinoPlan(ov::CompiledModel model)
      : request_(model.create_infer_request()), outputs_(model.outputs().size()) {}

  std::vector<Activation> run(std::span<const float> images, std::int64_t n, int height, int width) const override {
    const ov::Shape shape{static_cast<std::size_t>(n), 3, static_cast<std::size_t>(height),
                          static_cast<std::size_t>(width)};
    // The tensor only reads what it is given; its constructor asks for more.
    request_.set_input_tensor(ov::Tensor(ov::element::f32, shape, const_cast<float*>(images.data())));
    request_.infer();
    std::vector<Activation> activations;
    for (std::size_t i = 0; i < outputs_; ++i) {
      const ov::Tensor output = request_.get_output_tensor(i);
      const auto* data = output.data<const float>();
      const auto& sides = output.get_shape();
      activations.push_back({{sides.begin(), sides.end()}, {data, data + output.get_size()}});
    }
    return activations;
  }

 private:
  mutable ov::InferRequest request_; ///< holds the buffers that a run fills; a Network is used by one thread at a time
  std::size_t outputs_;
};

} // namespace

std::string openvino_unavailable(Precision precision) {
  try {
    const auto capabilities = core().get_property("CPU", ov::device::capabilities);
    if (precision == Precision::BFloat16 &&
        std::find(capabilities.begin(), capabilities.end(), ov::device::capability::BF16) == capabilities.end())
      return "this processor has no bfloat16 instructions";
    return {};
  } catch (const std::exception& e) {
    return fmt::format("OpenVINO does not start ({})", std::string(e.what()).substr(0, 200));
  }
}

std::string openvino_version() {
  const ov::Version version = ov::get_openvino_version();
  const std::string build = version.buildNumber; // "2026.4.0-20000-abcdef"
  return "OpenVINO " + build.substr(0, build.find('-'));
}

std::unique_ptr<CompiledPlan> compile_openvino(const std::shared_ptr<torch::jit::Graph>& graph, Precision precision,
                                               int threads) {
  ov::frontend::pytorch::FrontEnd frontend;
  const auto model = frontend.convert(frontend.load(std::shared_ptr<ov::frontend::IDecoder>(decode(graph))));
  model->reshape(ov::PartialShape{-1, 3, -1, -1}); // any batch, any size: nothing is compiled anew
  if (precision == Precision::BFloat16)
    keep_maps_in_bfloat16(*model);
  // Without a hint OpenVINO takes bfloat16 by itself where the processor has it.
  return std::make_unique<OpenVinoPlan>(core().compile_model(
      model, "CPU", ov::inference_num_threads(threads),
      ov::hint::inference_precision(precision == Precision::BFloat16 ? ov::element::bf16 : ov::element::f32),
      ov::hint::performance_mode(ov::hint::PerformanceMode::LATENCY)));
}

} // namespace scalescope
