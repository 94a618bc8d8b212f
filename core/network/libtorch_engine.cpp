#include "core/network/libtorch_engine.h"

#include "core/base/error.h"
#include "core/network/cuda.h"

#include <fmt/format.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/frozen_graph_optimizations.h>
#include <torch/csrc/jit/passes/frozen_ops_to_mkldnn.h>
#include <torch/version.h>

namespace scalescope {
namespace {

using namespace torch::jit;

// The weights, and any device that the archive's author had, become the one we run on.
void move_constants(Graph& graph, c10::Device device) {
  for (Node* node : graph.nodes()) {
    if (node->kind() != prim::Constant)
      continue;
    const auto value = toIValue(node->output());
    if (!value || !(value->isTensor() || value->isDevice()))
      continue;
    const WithInsertPoint here(node);
    Value* moved =
        value->isTensor() ? graph.insertConstant(value->toTensor().to(device)) : graph.insertConstant(device);
    node->output()->replaceAllUsesWith(moved);
  }
}

Code compile(std::shared_ptr<Graph> graph, c10::Device device, Runs runs) {
  move_constants(*graph, device);
  if (runs == Runs::Many) {
    OptimizeFrozenGraph(graph);
    if (device.is_cpu())
      ConvertFrozenOpsToMKLDNN(graph);
    EliminateDeadCode(graph);
  }
  return Code(std::move(graph), "plan");
}

} // namespace

c10::Device find_device(const std::string& name) {
  const std::size_t gpus = cuda().gpus.size();
  if (name == "cpu" || (name == "auto" && gpus == 0))
    return {c10::kCPU};
  if (name == "auto")
    return {c10::kCUDA, 0};
  if (name == "cuda" || name.rfind("cuda:", 0) == 0) {
    const std::string digits = name == "cuda" ? "0" : name.substr(5);
    const bool is_number =
        !digits.empty() && digits.size() <= 3 && digits.find_first_not_of("0123456789") == std::string::npos;
    if (is_number) {
      const std::size_t index = std::stoul(digits);
      if (index < gpus)
        return {c10::kCUDA, static_cast<c10::DeviceIndex>(index)};
      throw Error(fmt::format("The device {} is not there ({}); use --device cpu.", name,
                              gpus == 0 ? cuda().missing : fmt::format("there are {}, counted from cuda:0", gpus)));
    }
  }
  throw Error(fmt::format("There is no kind of device called '{}'; use auto, cpu, cuda or cuda:N.", name));
}

std::string libtorch_unavailable(Precision precision) {
  return precision == Precision::BFloat16 ? "it runs networks in float32 only" : "";
}

std::string libtorch_version() {
  return fmt::format("LibTorch {}.{}.{}", TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR, TORCH_VERSION_PATCH);
}

LibTorchPlan::LibTorchPlan(std::shared_ptr<Graph> graph, c10::Device device, Runs runs)
    : device_(device), code_(compile(std::move(graph), device, runs)) {}

// The interpreter runs the graph as it is: the profiling executor would record shapes and compile anew for each.
std::vector<c10::IValue> LibTorchPlan::run(const at::Tensor& images) const {
  const c10::InferenceMode no_gradients;
  Stack stack{images.to(device_)};
  InterpreterState(code_).run(stack);
  return stack;
}

std::vector<Activation> LibTorchPlan::run(std::span<const float> images, std::int64_t n, int height, int width) const {
  // from_blob wants a pointer to non-const; plans hold no operation in place, so nothing is written there.
  const auto batch = torch::from_blob(const_cast<float*>(images.data()), {n, 3, height, width});
  std::vector<Activation> activations;
  for (const auto& output : run(batch)) {
    const at::Tensor tensor = output.toTensor().to(at::kCPU, at::kFloat).contiguous();
    const float* data = tensor.data_ptr<float>();
    activations.push_back({tensor.sizes().vec(), {data, data + tensor.numel()}});
  }
  return activations;
}

} // namespace scalescope
