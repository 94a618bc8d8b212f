#include "core/network/detail/engines/preparation.h"

#include "core/network/detail/graph/graph_walk.h"
#include "core/network/detail/graph/operations.h"

#include <ATen/ATen.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/frozen_graph_optimizations.h>
#include <torch/csrc/jit/passes/frozen_ops_to_mkldnn.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace scalescope {
namespace {

using namespace torch::jit;

// The new value of a constant; no value if it stays unchanged.
using Change = std::function<std::optional<c10::IValue>(const Value*, const c10::IValue&)>;

void change_constants(Graph& graph, const Change& change) {
  for (Node* node : graph.nodes()) {
    if (node->kind() != prim::Constant)
      continue;
    const auto value = toIValue(node->output());
    const auto changed = value ? change(node->output(), *value) : std::nullopt;
    if (!changed)
      continue;
    const WithInsertPoint here(node);
    node->output()->replaceAllUsesWith(graph.insertConstant(*changed));
  }
}

// Whether a constant is a whole number that a trace computes sides with: a GPU would have to be waited for each time.
bool counts_sides(const Value* value, const at::Tensor& tensor) {
  static const std::set<std::string> arithmetic = {"aten::Int", "aten::add",  "aten::sub",          "aten::mul",
                                                   "aten::div", "aten::rsub", "aten::floor_divide", "aten::remainder"};
  return tensor.dim() == 0 && !tensor.is_floating_point() &&
         std::all_of(value->uses().begin(), value->uses().end(),
                     [](const Use& use) { return arithmetic.count(use.user->kind().toQualString()) != 0; });
}

// Moves the weights, and device constants in the code, to the present device.
void move_constants(Graph& graph, c10::Device device) {
  change_constants(graph, [&](const Value* constant, const c10::IValue& value) -> std::optional<c10::IValue> {
    if (value.isTensor() && counts_sides(constant, value.toTensor()))
      return std::nullopt;
    if (value.isTensor())
      return value.toTensor().to(device);
    if (value.isDevice())
      return device;
    return std::nullopt;
  });
}

// The layout in which tensor cores read the weights of convolutions.
void to_channels_last(Graph& graph) {
  change_constants(graph, [](const Value*, const c10::IValue& value) -> std::optional<c10::IValue> {
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

std::optional<at::Tensor> constant_tensor(const Value* value) {
  const auto constant = toIValue(value);
  return constant && constant->isTensor() ? std::optional(constant->toTensor()) : std::nullopt;
}

// Casts what `wanted` names among the inputs of the graph's nodes, if it is a constant. A number as a tensor stays: it
// does not decide an operation's format.
void cast_constants(Graph& graph, c10::ScalarType type, const std::function<bool(const Node*, std::size_t)>& wanted) {
  std::map<const Value*, Value*> cast;
  for_each_node(graph.block(), [&](Node* node) {
    for (std::size_t i = 0; i < node->inputs().size(); ++i) {
      Value* value = node->input(i);
      const auto tensor = constant_tensor(value);
      if (!tensor || tensor->dim() == 0 || !at::isFloatingType(tensor->scalar_type()) || !wanted(node, i))
        continue;
      Value*& known = cast[value];
      if (known == nullptr) {
        const WithInsertPoint here(value->node());
        known = graph.insertConstant(tensor->to(type));
      }
      node->replaceInput(i, known);
    }
  });
}

// Means and the softmax of the outputs are summed, and returned, in float32.
void widen_outputs(Graph& graph) {
  for (Value* output : graph.outputs()) {
    Node* node = output->node();
    const std::size_t place = node->kind() == aten::mean ? 3 : 2; // of the format among the inputs
    if ((node->kind() != aten::mean && node->kind() != aten::softmax) || node->inputs().size() <= place ||
        !node->input(place)->type()->isSubtypeOf(*NoneType::get()) || output->uses().size() != 1)
      continue;
    const WithInsertPoint here(node);
    node->replaceInput(place, graph.insertConstant(static_cast<std::int64_t>(at::kFloat)));
  }
}

// For convolutions that a trace holds, which don't ask LibTorch's switches.
void allow_tf32(Graph& graph) {
  for_each_node(graph.block(), [&](Node* node) {
    constexpr std::size_t place = 12;
    if (node->kind() != aten::_convolution || node->inputs().size() <= place)
      return;
    const WithInsertPoint here(node);
    node->replaceInput(place, graph.insertConstant(true));
  });
}

/// The parts of a 2D convolution that cuDNN's fused operations take.
struct PlainConvolution {
  std::vector<Value*> arguments; ///< stride, padding, dilation, groups
  std::int64_t channels = 0;
};

std::optional<PlainConvolution> plain_convolution(const Node* node) {
  const bool traced = node->kind() == aten::_convolution;
  if (!traced && node->kind() != aten::conv2d)
    return std::nullopt;
  const auto weight = constant_tensor(node->input(1));
  if (!weight || weight->dim() != 4 || !(constant_tensor(node->input(2)) || node->input(2)->mustBeNone()))
    return std::nullopt;
  if (traced) {
    const auto transposed = toIValue(node->input(6));
    if (!transposed || !transposed->isBool() || transposed->toBool())
      return std::nullopt;
  }
  PlainConvolution found{{node->input(3), node->input(4), node->input(5), node->input(traced ? 8 : 6)},
                         weight->size(0)};
  for (std::size_t i = 0; i < 3; ++i)
    if (const auto list = toIValue(found.arguments[i]); !list || !list->isIntList() || list->toIntVector().size() != 2)
      return std::nullopt;
  const auto groups = toIValue(found.arguments[3]);
  return groups && groups->isInt() && groups->toInt() == 1 ? std::optional(found) : std::nullopt;
}

// Operations whose output has the sides of a map, as far up as the image: a map is not added to a vector then.
bool is_map_all_the_way(const Value* value) {
  static const std::set<std::string> kinds = {"aten::conv2d",
                                              "aten::_convolution",
                                              "aten::batch_norm",
                                              "aten::relu",
                                              "aten::relu6",
                                              "aten::hardtanh",
                                              "aten::silu",
                                              "aten::hardswish",
                                              "aten::max_pool2d",
                                              "aten::avg_pool2d",
                                              "aten::add",
                                              "aten::cat",
                                              "aten::dropout",
                                              "prim::ListConstruct",
                                              "aten::cudnn_convolution_relu",
                                              "aten::cudnn_convolution_add_relu"};
  std::vector<const Value*> open{value};
  std::set<const Value*> seen;
  while (!open.empty()) {
    const Value* one = open.back();
    open.pop_back();
    const Node* node = one->node();
    if (node->kind() == prim::Param || !seen.insert(one).second)
      continue;
    if (kinds.count(node->kind().toQualString()) == 0)
      return false;
    for (const Value* input : data_inputs(node))
      open.push_back(input);
  }
  return true;
}

// The number of channels of a map, where it follows from the weights.
std::optional<std::int64_t> channels_of(const Value* value) {
  const Node* node = value->node();
  static const std::set<std::string> unchanged = {"aten::batch_norm", "aten::relu",       "aten::relu6",
                                                  "aten::hardtanh",   "aten::silu",       "aten::hardswish",
                                                  "aten::max_pool2d", "aten::avg_pool2d", "aten::dropout"};
  const std::string kind = node->kind().toQualString();
  if (is_convolution(node) || kind.rfind("aten::cudnn_convolution", 0) == 0) {
    const auto weight = constant_tensor(node->input(1));
    return weight ? std::optional(weight->size(0)) : std::nullopt;
  }
  if (unchanged.count(kind) != 0)
    return channels_of(node->input(0));
  if (kind == "aten::add") { // what is added was made for it
    const auto one = channels_of(node->input(0));
    return one == channels_of(node->input(1)) ? one : std::nullopt;
  }
  return std::nullopt;
}

Node* only_user(const Value* value) { return value->uses().size() == 1 ? value->uses()[0].user : nullptr; }

bool is_relu(const Node* node) { return node != nullptr && node->kind() == aten::relu; }

bool is_plain_addition(const Node* node) {
  if (node == nullptr || node->kind() != aten::add || node->inputs().size() != 3)
    return false;
  const auto alpha = toIValue(node->input(2));
  return alpha && alpha->isScalar() && alpha->toScalar().toDouble() == 1;
}

// What is added to a convolution's output if the two can be one operation with the ReLU that follows; else null.
Value* added_to(const Node* convolution, const PlainConvolution& parts, const Node* addition) {
  if (!is_plain_addition(addition) || !is_relu(only_user(addition->output())))
    return nullptr;
  Value* other = addition->input(addition->input(0) == convolution->output() ? 1 : 0);
  const bool same_shape = other != convolution->output() && carries_data(other) &&
                          channels_of(other) == parts.channels && is_map_all_the_way(other) &&
                          is_map_all_the_way(convolution->output());
  return same_shape ? other : nullptr;
}

// A tensor of three dimensions or more, by what made it.
bool has_three_dimensions(const Value* value) {
  static const std::set<std::string> unchanged = {"aten::layer_norm", "aten::linear",  "aten::gelu",
                                                  "aten::relu",       "aten::dropout", "aten::transpose",
                                                  "aten::contiguous"};
  std::vector<const Value*> open{value};
  std::set<const Value*> seen;
  while (!open.empty()) {
    const Value* one = open.back();
    open.pop_back();
    if (!seen.insert(one).second)
      continue;
    const Node* node = one->node();
    const std::string kind = node->kind().toQualString();
    if (const auto tensor = constant_tensor(one); tensor && tensor->dim() >= 3)
      return true;
    if (kind == "aten::add") { // it has as many as either
      open.push_back(node->input(0));
      open.push_back(node->input(1));
    } else if (unchanged.count(kind) != 0) {
      open.push_back(node->input(0));
    }
  }
  return false;
}

bool swaps_first_two(const Node* node) {
  if (node->kind() != aten::transpose)
    return false;
  const auto a = toIValue(node->input(1));
  const auto b = toIValue(node->input(2));
  return a && b && a->isInt() && b->isInt() && std::min(a->toInt(), b->toInt()) == 0 &&
         std::max(a->toInt(), b->toInt()) == 1;
}

} // namespace

c10::ScalarType type_of(Precision precision) {
  return precision == Precision::BFloat16 ? at::kBFloat16 : precision == Precision::Float16 ? at::kHalf : at::kFloat;
}

int fuse_convolutions(Graph& graph) {
  int fused = 0;
  const std::vector<Node*> nodes(graph.nodes().begin(), graph.nodes().end());
  for (Node* node : nodes) {
    const auto parts = plain_convolution(node);
    Node* next = parts ? only_user(node->output()) : nullptr;
    Value* other = next != nullptr && next->owningBlock() == graph.block() ? added_to(node, *parts, next) : nullptr;
    Node* last = other != nullptr ? only_user(next->output()) : next; // the ReLU
    if (!is_relu(last) || last->owningBlock() != graph.block())
      continue;
    const WithInsertPoint here(last);
    std::vector<NamedValue> arguments{node->input(0), node->input(1)};
    if (other != nullptr) {
      arguments.emplace_back(other);
      arguments.emplace_back(graph.insertConstant(1.0));
    }
    arguments.emplace_back(node->input(2));
    arguments.insert(arguments.end(), parts->arguments.begin(), parts->arguments.end());
    Value* result = graph.insert(
        Symbol::fromQualString(other != nullptr ? "aten::cudnn_convolution_add_relu" : "aten::cudnn_convolution_relu"),
        arguments);
    last->output()->replaceAllUsesWith(result);
    ++fused;
  }
  EliminateDeadCode(graph.block());
  return fused;
}

void keep_tokens_in_order(Graph& graph) {
  const std::vector<Node*> nodes(graph.nodes().begin(), graph.nodes().end());
  for (Node* node : nodes) {
    if (node->kind() == aten::linear && swaps_first_two(node->input(0)->node()) &&
        has_three_dimensions(node->input(0)->node()->input(0))) {
      const Node* swap = node->input(0)->node();
      const WithInsertPoint here(node);
      Value* product = graph.insert(aten::linear, {swap->input(0), node->input(1), node->input(2)});
      node->output()->replaceAllUsesWith(graph.insert(aten::transpose, {product, 0, 1}));
    } else if (node->kind() == aten::add && swaps_first_two(node->input(0)->node())) {
      // The sum would take over the order of its first summand, and each layer norm after it would copy.
      const WithInsertPoint here(node);
      node->replaceInput(0, graph.insert(aten::contiguous, {node->input(0)}));
    }
  }
  EliminateDeadCode(graph.block());
}

std::shared_ptr<Graph> prepare(const Graph& graph, const LibTorchSettings& settings, Form form) {
  auto prepared = const_cast<Graph&>(graph).copy(); // which LibTorch 1.13 does not declare const
  move_constants(*prepared, settings.device);
  if (settings.preparation == Preparation::None)
    return prepared;
  OptimizeFrozenGraph(prepared); // folds batch norms, in float32
  if (settings.preparation == Preparation::OneDnn) {
    if (suits_onednn(*prepared))
      ConvertFrozenOpsToMKLDNN(prepared);
    EliminateDeadCode(prepared);
    return prepared;
  }
  const c10::ScalarType type = type_of(settings.precision);
  const bool is_short = type != at::kFloat;
  if (settings.precision == Precision::Tf32)
    allow_tf32(*prepared);
  if (form == Form::Autocast) {
    cast_constants(*prepared, type, [](const Node* node, std::size_t i) {
      return (i == 1 || i == 2) && (is_convolution(node) || node->kind() == aten::linear);
    });
  } else {
    // What is left of batch norms takes statistics in float32 beside maps in a shorter format.
    if (is_short)
      cast_constants(*prepared, type, [](const Node* node, std::size_t) { return node->kind() != aten::batch_norm; });
    widen_outputs(*prepared);
    if (settings.device.is_cuda()) {
      keep_tokens_in_order(*prepared);
      if (settings.precision != Precision::Float32)
        fuse_convolutions(*prepared);
    }
  }
  to_channels_last(*prepared);
  EliminateDeadCode(prepared);
  return prepared;
}

} // namespace scalescope
