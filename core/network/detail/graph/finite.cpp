#include "core/network/detail/graph/finite.h"

#include "core/base/error.h"
#include "core/network/detail/graph/graph_walk.h"
#include "core/network/detail/graph/operations.h"

#include <ATen/Functions.h>
#include <fmt/format.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

namespace scalescope {
namespace {

using namespace torch::jit;

std::optional<at::Tensor> numbers(const Value* value) {
  const auto constant = toIValue(value);
  if (!constant || !constant->isTensor() || !constant->toTensor().defined() ||
      !constant->toTensor().is_floating_point())
    return std::nullopt;
  return constant->toTensor();
}

// Infinities are allowed where they mask something.
bool is_bad(const at::Tensor& tensor, bool infinities) {
  if (at::isfinite(tensor.sum()).item<bool>())
    return false; // nearly always, and fast
  return (infinities ? at::isnan(tensor) : at::isfinite(tensor).logical_not()).any().item<bool>();
}

std::string place_of(const Node* node) {
  const std::string module = module_of(node);
  return module.empty() ? "the network's own code" : "the code of its module '" + module + "'";
}

// Whether a product with such a constant leaves float32's range.
bool is_huge(const Value* value) {
  constexpr double huge = 1e15;
  const auto constant = toIValue(value);
  if (!constant)
    return false;
  if (constant->isTensor())
    return constant->toTensor().numel() > 0 && constant->toTensor().is_floating_point() &&
           constant->toTensor().abs().max().item<double>() > huge;
  return constant->isDouble() && std::abs(constant->toDouble()) > huge;
}

bool can_make_nan(const Node* node) {
  static const std::set<std::string> names = {"aten::sqrt",  "aten::rsqrt", "aten::log",    "aten::log2",
                                              "aten::log10", "aten::log1p", "aten::acos",   "aten::asin",
                                              "aten::acosh", "aten::atanh", "aten::fmod",   "aten::remainder",
                                              "aten::pow",   "aten::logit", "aten::lgamma", "aten::reciprocal"};
  const bool is_square = node->kind() == aten::pow && toIValue(node->input(1)) && toIValue(node->input(1))->isInt();
  if (names.count(node->kind().toQualString()) != 0)
    return !is_square;
  if (node->kind() == aten::mul)
    return is_huge(node->input(0)) || is_huge(node->input(1));
  return node->kind() == aten::div && !toIValue(node->input(1));
}

bool can_hide_nan(const Node* node) {
  static const std::set<std::string> names = {
      "aten::relu",       "aten::relu6",       "aten::hardtanh",  "aten::clamp",       "aten::clamp_min",
      "aten::clamp_max",  "aten::hardswish",   "aten::elu",       "aten::leaky_relu",  "aten::prelu",
      "aten::max_pool2d", "aten::maximum",     "aten::minimum",   "aten::max",         "aten::min",
      "aten::amax",       "aten::amin",        "aten::threshold", "aten::nan_to_num",  "aten::adaptive_max_pool2d",
      "aten::sigmoid",    "aten::hardsigmoid", "aten::where",     "aten::masked_fill", "aten::gt",
      "aten::lt",         "aten::ge",          "aten::le",        "aten::eq",          "aten::ne"};
  return names.count(node->kind().toQualString()) != 0;
}

// The nodes that some values are computed from.
std::set<const Node*> sources_of(const std::vector<Value*>& wanted) {
  std::vector<const Node*> open;
  for (const Value* value : wanted)
    open.push_back(value->node());
  std::set<const Node*> all;
  while (!open.empty()) {
    const Node* node = open.back();
    open.pop_back();
    if (!all.insert(node).second)
      continue;
    for (const Value* value : data_inputs(node))
      open.push_back(value->node());
  }
  return all;
}

} // namespace

void check_constants_finite(const FlatGraph& flat) {
  for_each_node(flat.graph->block(), [](Node* node) {
    for (std::size_t i = 0; i < node->inputs().size(); ++i) {
      const auto tensor = numbers(node->input(i));
      const bool is_weight = i > 0 && (is_weight_operation(node) || node->kind() == aten::batch_norm);
      if (tensor && tensor->dim() > 0 && is_bad(*tensor, !is_weight))
        throw Error(fmt::format("A constant in {} is not finite (NaN or infinite), as after a failed training; use "
                                "another export.",
                                place_of(node)));
    }
    if (node->kind() != aten::batch_norm)
      return;
    const auto variance = numbers(node->input(4));
    const auto epsilon = toIValue(node->input(7));
    if (variance && epsilon && epsilon->isDouble() && variance->numel() > 0 &&
        variance->min().item<double>() + epsilon->toDouble() < 0)
      throw Error(fmt::format("A batch norm in {} has a negative variance, so what it returns is not a number; use "
                              "another checkpoint.",
                              place_of(node)));
  });
}

std::vector<Hidden> hidden_values(const FlatGraph& flat, const std::vector<Value*>& wanted) {
  const std::set<const Node*> sources = sources_of(wanted);
  std::set<const Value*> doubtful;
  std::set<const Value*> of_images(flat.graph->inputs().begin(), flat.graph->inputs().end());
  std::vector<Hidden> hidden;
  for (const Node* node : flat.graph->nodes()) {
    if (sources.count(node) == 0)
      continue;
    bool is_doubtful = can_make_nan(node);
    bool is_of_images = false;
    for (const Value* value : data_inputs(node)) {
      is_of_images = is_of_images || of_images.count(value) != 0;
      is_doubtful = is_doubtful || doubtful.count(value) != 0;
    }
    if (!is_of_images)
      continue;
    of_images.insert(node->outputs().begin(), node->outputs().end());
    if (is_doubtful && can_hide_nan(node)) {
      for (Value* value : const_cast<Node*>(node)->inputs())
        if (doubtful.count(value) != 0 && value->type()->isSubtypeOf(*TensorType::get()))
          hidden.push_back({value, module_of(node)});
      is_doubtful = false;
    }
    if (is_doubtful)
      doubtful.insert(node->outputs().begin(), node->outputs().end());
  }
  return hidden;
}

} // namespace scalescope
