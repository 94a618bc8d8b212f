#include "core/network/detail/engines/libtorch_engine.h"

#include "core/base/error.h"
#include "core/network/detail/engines/autocast.h"
#include "core/network/detail/engines/cuda.h"
#include "core/network/detail/graph/graph_walk.h"
#include "core/network/detail/graph/operations.h"

#include <fmt/format.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/frozen_graph_optimizations.h>
#include <torch/csrc/jit/passes/frozen_ops_to_mkldnn.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <functional>
#include <optional>
#include <set>

namespace scalescope {
namespace {

using namespace torch::jit;

// The new value of a constant; no value if it stays unchanged.
using Change = std::function<std::optional<c10::IValue>(const c10::IValue&)>;

void change_constants(Graph& graph, const Change& change) {
  for (Node* node : graph.nodes()) {
    if (node->kind() != prim::Constant)
      continue;
    const auto value = toIValue(node->output());
    const auto changed = value ? change(*value) : std::nullopt;
    if (!changed)
      continue;
    const WithInsertPoint here(node);
    node->output()->replaceAllUsesWith(graph.insertConstant(*changed));
  }
}

// Moves the weights, and device constants in the code, to the present device.
void move_constants(Graph& graph, c10::Device device) {
  change_constants(graph, [&](const c10::IValue& value) -> std::optional<c10::IValue> {
    if (value.isTensor())
      return value.toTensor().to(device);
    if (value.isDevice())
      return device;
    return std::nullopt;
  });
}

// The layout in which tensor cores read the weights of convolutions.
void to_channels_last(Graph& graph) {
  change_constants(graph, [](const c10::IValue& value) -> std::optional<c10::IValue> {
    if (value.isTensor() && value.toTensor().dim() == 4)
      return value.toTensor().contiguous(at::MemoryFormat::ChannelsLast);
    return std::nullopt;
  });
}

// Whether a value comes from a convolution whose channels don't fill the blocks of 8 or 16 of oneDNN's layouts.
bool has_filled_up_channels(const Value* value) {
  constexpr std::int64_t largest_block = 16;
  std::vector<const Node*> open{value->node()};
  std::set<const Node*> seen;
  while (!open.empty()) {
    const Node* node = open.back();
    open.pop_back();
    if (!seen.insert(node).second)
      continue;
    if (!is_convolution(node)) { // its layout comes from further up
      for (const Value* input : node->inputs())
        open.push_back(input->node());
      continue;
    }
    const auto weight = toIValue(node->input(1));
    if (!weight || !weight->isTensor() || weight->toTensor().size(0) % largest_block != 0)
      return true;
  }
  return false;
}

// Avoids errors of LibTorch's conversion to oneDNN's layouts (frozen_ops_to_mkldnn.cpp). Its elementwise operations
// write with the padded size of a tensor but read with the true size: MobileNetV3 gets wrong numbers and a warning. It
// also reads a padding by name as numbers, which ends the run.
bool suits_onednn(Graph& graph) {
  static const std::set<std::string> elementwise = {"aten::hardswish", "aten::hardsigmoid", "aten::hardtanh",
                                                    "aten::relu6", "aten::clamp"};
  bool suits = true;
  for_each_node(graph.block(), [&](Node* node) {
    if ((elementwise.count(node->kind().toQualString()) != 0 && has_filled_up_channels(node->input(0))) ||
        (node->kind() == aten::conv2d && node->input(4)->type()->kind() == TypeKind::StringType))
      suits = false;
  });
  return suits;
}

Code compile(std::shared_ptr<Graph> graph, const LibTorchSettings& settings) {
  move_constants(*graph, settings.device);
  if (settings.preparation != Preparation::None) {
    OptimizeFrozenGraph(graph);
    if (settings.preparation == Preparation::Accelerator)
      to_channels_last(*graph);
    else if (suits_onednn(*graph))
      ConvertFrozenOpsToMKLDNN(graph);
    EliminateDeadCode(graph);
  }
  return Code(graph, "plan");
}

// A float tensor of the host, where a GPU's copies can run beside the computing if that is where they go.
at::Tensor staging(at::IntArrayRef sizes, c10::Device device, at::MemoryFormat format) {
  return at::empty(sizes, at::TensorOptions(at::kFloat).pinned_memory(device.is_cuda()), format);
}

// The outputs on the host. All copies are under way before the first is waited for.
std::vector<at::Tensor> fetch(const std::vector<c10::IValue>& outputs, const LibTorchSettings& settings) {
  std::vector<at::Tensor> fetched;
  for (const auto& output : outputs) {
    const at::Tensor tensor = output.toTensor().to(at::kFloat).contiguous();
    if (settings.preparation == Preparation::Accelerator)
      fetched.push_back(staging(tensor.sizes(), settings.device, at::MemoryFormat::Contiguous)
                            .copy_(tensor, /*non_blocking=*/settings.device.is_cuda()));
    else
      fetched.push_back(tensor.cpu());
  }
  if (settings.device.is_cuda())
    torch::cuda::synchronize(settings.device.index());
  return fetched;
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
      throw Error(fmt::format("The device {} is not available ({}); use --device cpu.", name,
                              gpus == 0 ? cuda().why_not : fmt::format("there are {}, counted from cuda:0", gpus)));
    }
  }
  throw Error(fmt::format("There is no kind of device called '{}'; use auto, cpu, cuda or cuda:N.", name));
}

std::string libtorch_unavailable(Precision precision) {
#ifdef __x86_64__
  const bool has_bfloat16 = __builtin_cpu_supports("avx512bf16") != 0;
#else
  const bool has_bfloat16 = false;
#endif
  return precision == Precision::BFloat16 && !has_bfloat16 ? "this processor has no bfloat16 instructions" : "";
}

std::string libtorch_version() {
  return fmt::format("LibTorch {}.{}.{}", TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR, TORCH_VERSION_PATCH);
}

LibTorchSettings libtorch_settings(c10::Device device, Precision precision) {
  const bool one_dnn = device.is_cpu() && precision == Precision::Float32;
  return {device, precision, one_dnn ? Preparation::OneDnn : Preparation::Accelerator};
}

LibTorchPlan::LibTorchPlan(std::shared_ptr<Graph> graph, const LibTorchSettings& settings)
    : settings_(settings), code_(compile(std::move(graph), settings)) {}

// The interpreter runs the unchanged graph; the profiling executor would compile it again for each shape.
std::vector<c10::IValue> LibTorchPlan::run(const at::Tensor& images) const {
  const c10::InferenceMode no_gradients;
  std::optional<Autocast> autocast;
  if (settings_.precision == Precision::BFloat16)
    autocast.emplace(settings_.device.type());
  Stack stack{images};
  InterpreterState(code_).run(stack);
  return stack;
}

std::vector<Activation> LibTorchPlan::run(std::span<const float> images, std::int64_t n, int height, int width) const {
  // from_blob needs a non-const pointer; nothing is written, because plans have no in-place operations.
  at::Tensor batch = torch::from_blob(const_cast<float*>(images.data()), {n, 3, height, width});
  if (settings_.preparation == Preparation::Accelerator)
    batch = staging(batch.sizes(), settings_.device, at::MemoryFormat::ChannelsLast).copy_(batch);
  const auto outputs = run(batch.to(settings_.device, /*non_blocking=*/settings_.device.is_cuda()));
  std::vector<Activation> activations;
  for (const at::Tensor& tensor : fetch(outputs, settings_)) {
    const float* data = tensor.data_ptr<float>();
    activations.push_back({tensor.sizes().vec(), {data, data + tensor.numel()}});
  }
  return activations;
}

extern const EngineBackend libtorch_backend{
    {.engine = Engine::LibTorch, .name = "LibTorch", .use = "any device", .runs_on_gpus = true},
    libtorch_version,
    libtorch_unavailable,
    [](const std::shared_ptr<Graph>& graph, const PlanSettings& settings) -> std::unique_ptr<CompiledPlan> {
      return std::make_unique<LibTorchPlan>(graph, libtorch_settings(settings.device, settings.precision));
    }};

} // namespace scalescope
