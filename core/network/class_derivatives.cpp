#include "core/network/class_derivatives.h"

#include "core/base/error.h"
#include "core/network/detail/engines/batch_parts.h"
#include "core/network/detail/engines/engine.h"
#include "core/network/detail/engines/gpu_arithmetic.h"
#include "core/network/detail/engines/libtorch_engine.h"
#include "core/network/detail/engines/torch_error.h"
#include "core/network/detail/graph/flat_graph.h"
#include "core/network/detail/graph/input_form.h"
#include "core/network/detail/loading/model_file.h"

#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <map>
#include <optional>

namespace scalescope {
namespace {

using namespace torch::jit;

void move_weights(Graph& graph, c10::Device device) {
  for (Node* node : graph.nodes()) {
    if (node->kind() != prim::Constant)
      continue;
    const auto value = toIValue(node->output());
    if (!value || !(value->isTensor() || value->isDevice()))
      continue;
    const WithInsertPoint here(node);
    node->output()->replaceAllUsesWith(graph.insertConstant(
        value->isTensor() ? c10::IValue(value->toTensor().detach().to(device)) : c10::IValue(device)));
  }
}

// Which of a layer's tokens become its features: 1, the others 0. Nothing where all do.
std::optional<at::Tensor> changed_tokens(const Layer& layer, Tokens tokens) {
  if (!layer.tokens.known() || tokens == Tokens::All || layer.tokens.first == 0)
    return std::nullopt;
  at::Tensor mask = torch::zeros({layer.shape[0], 1});
  if (tokens == Tokens::Class && layer.tokens.class_token)
    mask[0] = 1;
  else
    mask.slice(0, layer.tokens.first).fill_(1);
  return mask;
}

// Adds a change to a layer's output, for all readers of it. @return the change: a new input of the graph.
Value* add_change(Graph& graph, Value* value, const std::optional<at::Tensor>& where) {
  Value* change = graph.addInput();
  change->setType(TensorType::get());
  const WithInsertPoint here(value->node()->kind() == prim::Param ? *graph.nodes().begin() : value->node()->next());
  Value* placed = where ? graph.insert(aten::mul, {change, graph.insertConstant(*where)}) : change;
  Value* sum = graph.insert(aten::add, {value, placed});
  value->replaceAllUsesWith(sum);
  sum->node()->replaceInput(0, value);
  return change;
}

} // namespace

struct ClassDifferentiator::Impl {
  std::string name;
  c10::Device device{c10::kCPU};
  std::vector<std::vector<std::int64_t>> changes; // shape of each layer's, without the batch: 1 but for the channels
  std::vector<std::size_t> order;                 // which change is a layer's: two may return the same value
  std::unique_ptr<Code> code;
  std::int64_t most_images = 0; // at once; 0: any number
};

ClassDifferentiator::ClassDifferentiator(const Network& network, const std::vector<std::string>& layers,
                                         const std::string& device)
    : impl_(std::make_unique<Impl>()) {
  impl_->name = network.info().name;
  impl_->device = find_device(device);
  if (network.info().head.empty())
    throw Error(fmt::format("{} has no class outputs to differentiate; use the whole network.", network.info().name));
  FlatGraph flat = flatten(load_model(network.info().source));
  impl_->most_images = flat.limits.most_images;
  adapt_input(flat, network.info().input_form);
  keep_output(flat, network.info().output_index);
  Graph& graph = *flat.graph;
  Value* end = graph.outputs()[0];
  std::map<std::string, Value*> values;
  for (const ModuleOutput& output : flat.outputs)
    values[output.module] = output.value;
  const bool own_softmax = end->node()->kind() == aten::softmax || end->node()->kind() == aten::log_softmax;
  graph.eraseOutput(0);
  graph.registerOutput(own_softmax ? end->node()->input(0) : end);
  std::map<Value*, std::size_t> known;
  for (const std::string& name : layers) {
    const Layer& layer = network.layer(name);
    const auto value = values.find(name);
    if (value == values.end())
      throw Error(
          fmt::format("The layer '{}' of {} is its output; leave it out of --layers.", name, network.info().name));
    const auto [place, is_new] = known.try_emplace(value->second, impl_->changes.size());
    impl_->order.push_back(place->second);
    if (!is_new)
      continue;
    const Tokens tokens = network.info().source.tokens;
    if (layer.features(tokens) != layer.channels())
      throw Error(fmt::format("The features of the layer '{}' are its class token and the mean of its patches, and a "
                              "derivative by both is not computed; use --tokens class or --tokens mean.",
                              name));
    std::vector<std::int64_t> shape(layer.shape.size(), 1);
    shape[layer.channel_axis] = layer.channels();
    impl_->changes.push_back(std::move(shape));
    add_change(graph, value->second, changed_tokens(layer, tokens));
  }
  move_weights(graph, impl_->device);
  impl_->code = std::make_unique<Code>(flat.graph, "derivatives");
}

ClassDifferentiator::ClassDifferentiator(ClassDifferentiator&&) noexcept = default;
ClassDifferentiator& ClassDifferentiator::operator=(ClassDifferentiator&&) noexcept = default;
ClassDifferentiator::~ClassDifferentiator() = default;

std::string ClassDifferentiator::engine() { return libtorch_version(); }

ClassDerivatives ClassDifferentiator::run(std::span<const float> images, std::int64_t n, int side,
                                          std::optional<int> wanted) const {
  if (impl_->most_images > 0 && n > impl_->most_images)
    throw Error(fmt::format("{} was exported for {} {} at a time; use --batch {}.", impl_->name, impl_->most_images,
                            impl_->most_images == 1 ? "image" : "images", impl_->most_images));
  const c10::AutoGradMode with_gradients(true);
  const GpuArithmetic repeatable(impl_->device, GpuArithmetic::Mode::Repeatable);
  ClassDerivatives result;
  try {
    // from_blob needs a non-const pointer; nothing is written, because the graph has no in-place operation.
    Stack stack{torch::from_blob(const_cast<float*>(images.data()), {n, 3, side, side}).to(impl_->device)};
    std::vector<at::Tensor> changes;
    for (std::vector<std::int64_t> shape : impl_->changes) {
      shape.insert(shape.begin(), n);
      changes.push_back(torch::zeros(shape, at::TensorOptions(impl_->device).requires_grad(true)));
      stack.emplace_back(changes.back());
    }
    InterpreterState(*impl_->code).run(stack);
    const at::Tensor outputs = stack.front().toTensor();
    if (wanted && *wanted >= outputs.size(1))
      throw Error(fmt::format("{} has {} classes, numbered from 0 to {}, so there is no class {}.", impl_->name,
                              outputs.size(1), outputs.size(1) - 1, *wanted));
    const at::Tensor classes = wanted ? at::full({n}, *wanted, outputs.options().dtype(at::kLong).requires_grad(false))
                                      : outputs.detach().argmax(1);
    const at::Tensor chosen = outputs.gather(1, classes.unsqueeze(1)).squeeze(1);
    // Images of a batch are independent in evaluation, so one backward pass gives the derivative of each.
    const auto gradients = torch::autograd::grad({chosen.sum()}, changes, {}, false, false, /*allow_unused=*/true);
    const at::Tensor numbers = classes.cpu();
    const at::Tensor values = chosen.detach().cpu().contiguous();
    for (std::int64_t i = 0; i < n; ++i) {
      result.classes.push_back(static_cast<int>(numbers[i].item<std::int64_t>()));
      result.outputs.push_back(values[i].item<float>());
    }
    for (const std::size_t which : impl_->order) {
      auto& layer = result.layers.emplace_back();
      if (!gradients[which].defined())
        continue;
      const at::Tensor gradient = gradients[which].cpu().contiguous();
      layer.assign(gradient.data_ptr<float>(), gradient.data_ptr<float>() + gradient.numel());
    }
  } catch (const Error&) {
    throw;
  } catch (const std::exception& e) {
    if (is_out_of_memory(e))
      throw Error(fmt::format("Memory ran out during the derivatives of {}; use a smaller --batch.", impl_->name));
    throw Error(
        fmt::format("{} can't be differentiated ({}); export it with torch.jit.trace.", impl_->name, cause_of(e)));
  }
  return result;
}

} // namespace scalescope
