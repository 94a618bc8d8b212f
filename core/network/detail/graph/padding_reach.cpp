#include "core/network/detail/graph/padding_reach.h"

#include <algorithm>
#include <optional>
#include <set>

namespace scalescope {
namespace {

using namespace torch::jit;

using Reaches = std::unordered_map<const Value*, PaddingReach>;

// Operations on single positions, and others through which a vector or a map goes without positions being mixed.
bool is_pointwise(const Node* node) {
  static const std::set<std::string> names = {"aten::batch_norm",   "aten::relu",        "aten::relu6",
                                              "aten::hardtanh",     "aten::hardsigmoid", "aten::hardswish",
                                              "aten::silu",         "aten::gelu",        "aten::elu",
                                              "aten::selu",         "aten::leaky_relu",  "aten::prelu",
                                              "aten::mish",         "aten::sigmoid",     "aten::tanh",
                                              "aten::clamp",        "aten::dropout",     "aten::feature_dropout",
                                              "aten::add",          "aten::sub",         "aten::mul",
                                              "aten::div",          "aten::cat",         "aten::softmax",
                                              "aten::log_softmax",  "aten::exp",         "aten::log",
                                              "aten::abs",          "aten::pow",         "aten::sqrt",
                                              "aten::neg",          "aten::contiguous",  "aten::detach",
                                              "aten::to",           "aten::type_as",     "aten::clone",
                                              "prim::ListConstruct"};
  return names.count(node->kind().toQualString()) != 0;
}

// What makes a vector of a map or goes on with a vector: it depends on everything that it gets.
bool is_vector_operation(const Node* node) {
  static const std::set<std::string> names = {"aten::flatten", "aten::view",   "aten::reshape",
                                              "aten::squeeze", "aten::linear", "aten::addmm",
                                              "aten::matmul",  "aten::mm",     "aten::unsqueeze"};
  return names.count(node->kind().toQualString()) != 0;
}

// A number that is constant, or computed from the sides of maps.
std::optional<std::int64_t> integer(const Value* value, const Reaches& reaches) {
  if (const auto constant = toIValue(value))
    return constant->isInt() ? std::optional(constant->toInt()) : std::nullopt;
  if (value->type() != IntType::get())
    return std::nullopt;
  const Node* node = value->node();
  if (node->kind() == aten::size && node->inputs().size() == 2) {
    const auto map = reaches.find(node->input(0));
    const auto axis = integer(node->input(1), reaches);
    if (map == reaches.end() || map->second.vector || !axis || *axis < 2 || *axis > 3)
      return std::nullopt;
    return map->second.axes[static_cast<std::size_t>(*axis) - 2].size;
  }
  if (node->kind() != aten::add && node->kind() != aten::sub && node->kind() != aten::mul &&
      node->kind() != aten::remainder && node->kind() != aten::floordiv)
    return std::nullopt;
  Stack stack;
  for (const Value* input : node->inputs()) {
    const auto one = integer(input, reaches);
    if (!one)
      return std::nullopt;
    stack.emplace_back(*one);
  }
  node->getOperation()(stack);
  return stack.back().toInt();
}

// A list of such numbers, one for each axis; a single one stands for both.
std::optional<std::vector<std::int64_t>> integers(const Value* value, const Reaches& reaches) {
  if (const auto constant = toIValue(value)) {
    if (constant->isIntList())
      return constant->toIntVector();
    if (constant->isInt())
      return std::vector{constant->toInt()};
    return std::nullopt;
  }
  if (value->node()->kind() != prim::ListConstruct)
    return std::nullopt;
  std::vector<std::int64_t> all;
  for (const Value* element : value->node()->inputs()) {
    const auto one = integer(element, reaches);
    if (!one)
      return std::nullopt;
    all.push_back(*one);
  }
  return all;
}

std::int64_t of_axis(const std::vector<std::int64_t>& values, std::size_t axis, std::int64_t otherwise) {
  return values.empty() ? otherwise : values.size() == 1 ? values[0] : values[axis];
}

std::int64_t floor_division(std::int64_t a, std::int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

// A window that slides over an axis: output position o reads the inputs o * stride - padding + j * dilation, j = 0 ..
// kernel - 1.
struct Window {
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  std::int64_t dilation = 1;
  bool ceil = false;

  [[nodiscard]] AxisReach over(const AxisReach& in) const {
    const std::int64_t span = dilation * (kernel - 1);
    const std::int64_t room = in.size + 2 * padding - span - 1;
    AxisReach out;
    out.size = floor_division(room + (ceil ? stride - 1 : 0), stride) + 1;
    if (ceil && (out.size - 1) * stride >= in.size + padding)
      --out.size; // the last window must begin within the map or its left padding
    out.first = std::max<std::int64_t>(-floor_division(-(in.first + padding), stride), 0);
    out.last = std::min(floor_division(in.last + padding - span, stride), out.size - 1);
    return out;
  }
};

std::optional<PaddingReach> slide(const PaddingReach& in, const std::vector<std::int64_t>& kernel, const Value* stride,
                                  const Value* padding, const Value* dilation, bool ceil, const Reaches& reaches) {
  const auto strides = integers(stride, reaches);
  const auto paddings = integers(padding, reaches);
  const auto dilations = dilation != nullptr ? integers(dilation, reaches) : std::vector<std::int64_t>{1};
  if (in.vector || !strides || !paddings || !dilations)
    return std::nullopt;
  PaddingReach out;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const std::int64_t k = of_axis(kernel, axis, 1);
    out.axes[axis] =
        Window{k, of_axis(*strides, axis, k), of_axis(*paddings, axis, 0), of_axis(*dilations, axis, 1), ceil}.over(
            in.axes[axis]);
  }
  return out;
}

std::optional<PaddingReach> convolved(const Node* node, const PaddingReach& in, const Reaches& reaches) {
  const auto weight = toIValue(node->input(1));
  const bool general = node->kind() == aten::_convolution || node->kind() == aten::convolution;
  if (!weight || !weight->isTensor() || weight->toTensor().dim() != 4)
    return std::nullopt;
  if (general)
    if (const auto transposed = toIValue(node->input(6)); !transposed || transposed->toBool())
      return std::nullopt;
  return slide(in, {weight->toTensor().size(2), weight->toTensor().size(3)}, node->input(3), node->input(4),
               node->input(5), false, reaches);
}

std::optional<PaddingReach> pooled(const Node* node, const PaddingReach& in, const Reaches& reaches) {
  const bool maximum = node->kind() == aten::max_pool2d;
  const auto kernel = integers(node->input(1), reaches);
  const auto ceil = toIValue(node->input(maximum ? 5 : 4));
  if (!kernel || !ceil)
    return std::nullopt;
  return slide(in, *kernel, node->input(2), node->input(3), maximum ? node->input(4) : nullptr, ceil->toBool(),
               reaches);
}

// Padding by an operation of its own: the last axis first, two numbers an axis.
std::optional<PaddingReach> padded(const Node* node, const PaddingReach& in, const Reaches& reaches) {
  const auto amounts = integers(node->input(1), reaches);
  if (in.vector || !amounts || amounts->size() > 4)
    return std::nullopt;
  PaddingReach out = in;
  for (std::size_t i = 0; i + 1 < amounts->size(); i += 2) {
    AxisReach& axis = out.axes[1 - i / 2];
    axis.size += (*amounts)[i] + (*amounts)[i + 1];
    axis.first = std::max<std::int64_t>(axis.first + (*amounts)[i], 0); // less than nothing: it is cropped
    axis.last = std::min(axis.last + (*amounts)[i], axis.size - 1);
  }
  return out;
}

bool saw_padding(const PaddingReach& in) {
  return in.vector ? in.touched : in.axes[0].untouched() < in.axes[0].size || in.axes[1].untouched() < in.axes[1].size;
}

PaddingReach vector_of(const PaddingReach& in) {
  PaddingReach out;
  out.vector = true;
  out.touched = saw_padding(in);
  return out;
}

bool is_global_pooling(const Node* node, const Reaches& reaches) {
  if (node->kind() == aten::mean) {
    const auto axes = integers(node->input(1), reaches);
    return axes && axes->size() == 2;
  }
  if (node->kind() != aten::adaptive_avg_pool2d && node->kind() != aten::adaptive_max_pool2d)
    return false;
  const auto size = integers(node->input(1), reaches);
  return size && std::ranges::all_of(*size, [](std::int64_t side) { return side == 1; });
}

// Several values at the same positions: what all of them allow. A vector acts on every position.
std::optional<PaddingReach> together(const std::vector<PaddingReach>& all) {
  std::optional<PaddingReach> map;
  bool touched = false;
  for (const PaddingReach& one : all) {
    touched = touched || (one.vector && one.touched);
    if (one.vector)
      continue;
    if (!map)
      map = one;
    for (std::size_t axis = 0; axis < 2; ++axis) {
      if (one.axes[axis].size != map->axes[axis].size)
        return std::nullopt;
      map->axes[axis].first = std::max(map->axes[axis].first, one.axes[axis].first);
      map->axes[axis].last = std::min(map->axes[axis].last, one.axes[axis].last);
    }
  }
  if (map && touched)
    map->axes[0].last = map->axes[0].first - 1;
  if (map)
    return map;
  PaddingReach vector;
  vector.vector = true;
  vector.touched = touched;
  return vector;
}

bool takes_channels(const Node* node) {
  if (node->kind() != aten::slice)
    return false;
  const auto axis = toIValue(node->input(1));
  return axis && axis->isInt() && axis->toInt() == 1;
}

std::optional<PaddingReach> reach_of(const Node* node, const std::vector<PaddingReach>& inputs,
                                     const Reaches& reaches) {
  const std::string kind = node->kind().toQualString();
  if (kind == "aten::_convolution" || kind == "aten::convolution" || kind == "aten::conv2d")
    return convolved(node, inputs[0], reaches);
  if (kind == "aten::max_pool2d" || kind == "aten::avg_pool2d")
    return pooled(node, inputs[0], reaches);
  if (kind == "aten::constant_pad_nd" || kind == "aten::pad")
    return padded(node, inputs[0], reaches);
  if (is_global_pooling(node, reaches) || is_vector_operation(node))
    return vector_of(inputs[0]);
  return is_pointwise(node) || takes_channels(node) ? together(inputs) : std::nullopt;
}

} // namespace

Reaches padding_reach(const FlatGraph& flat, int side) {
  Reaches reaches;
  PaddingReach image;
  image.axes = {AxisReach{side, 0, side - 1}, AxisReach{side, 0, side - 1}};
  reaches[flat.graph->inputs()[0]] = image;
  for (const Node* node : flat.graph->nodes()) {
    std::vector<PaddingReach> inputs;
    bool known = node->blocks().empty() && node->outputs().size() == 1;
    for (const Value* value : node->inputs()) {
      const auto found = reaches.find(value);
      if (found != reaches.end())
        inputs.push_back(found->second);
      else // a constant is no matter; anything else that is not known is
        known = known &&
                (value->node()->kind() == prim::Constant || integers(value, reaches) ||
                 !(value->type()->isSubtypeOf(*TensorType::get()) || value->node()->kind() == prim::ListConstruct));
    }
    if (known && !inputs.empty())
      if (const auto reach = reach_of(node, inputs, reaches))
        reaches[node->output()] = *reach;
  }
  return reaches;
}

} // namespace scalescope
