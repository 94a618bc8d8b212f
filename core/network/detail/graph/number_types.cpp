#include "core/network/detail/graph/number_types.h"

#include "core/network/detail/graph/graph_walk.h"

#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <map>
#include <optional>

namespace scalescope {
namespace {

using namespace torch::jit;

bool is_other(c10::ScalarType type, bool all) {
  return type == at::kHalf || (all && (type == at::kBFloat16 || type == at::kDouble));
}

// A constant in float32; null if it stays. A single float64 number in a tensor does not decide an operation's type.
std::optional<c10::IValue> converted(const Value* constant, bool all) {
  const auto value = toIValue(constant);
  if (!value || !value->isTensor() || !value->toTensor().defined())
    return std::nullopt;
  const at::Tensor& tensor = value->toTensor();
  const bool is_number = tensor.dim() == 0 && tensor.scalar_type() == at::kDouble;
  if (!is_other(tensor.scalar_type(), all) || is_number)
    return std::nullopt;
  return c10::IValue(tensor.to(at::kFloat));
}

// The places of a node's inputs that name a type.
std::vector<std::size_t> types_among(const Node* node) {
  std::vector<std::size_t> places;
  const FunctionSchema* schema = node->maybeSchema();
  if (schema != nullptr)
    for (std::size_t i = 0; i < std::min(schema->arguments().size(), node->inputs().size()); ++i)
      if (schema->arguments()[i].name() == "dtype")
        places.push_back(i);
  return places;
}

} // namespace

std::string name_of_type(c10::ScalarType type) {
  switch (type) {
  case at::kHalf:
    return "float16";
  case at::kBFloat16:
    return "bfloat16";
  case at::kDouble:
    return "float64";
  default:
    return c10::toString(type);
  }
}

std::string make_float32(Module& module) {
  const torch::NoGradGuard no_grad; // parameters may be written
  std::map<c10::ScalarType, std::int64_t> found;
  const auto convert = [&](at::Tensor tensor) {
    if (!is_other(tensor.scalar_type(), /*all=*/true))
      return;
    found[tensor.scalar_type()] += tensor.numel();
    tensor.set_data(tensor.to(at::kFloat));
  };
  for (const auto& tensor : module.parameters())
    convert(tensor);
  for (const auto& tensor : module.buffers())
    convert(tensor);
  if (found.empty())
    return {};
  return name_of_type(std::ranges::max_element(found, {}, [](const auto& one) { return one.second; })->first);
}

bool make_float32(Graph& graph, bool all) {
  bool changed = false;
  const auto put = [&](Node* node, std::size_t place, const c10::IValue& value) {
    const WithInsertPoint here(node);
    node->replaceInput(place, graph.insertConstant(value));
    changed = true;
  };
  for_each_node(graph.block(), [&](Node* node) {
    for (std::size_t i = 0; i < node->inputs().size(); ++i)
      if (const auto constant = converted(node->input(i), all))
        put(node, i, *constant);
    for (const std::size_t place : types_among(node))
      if (const auto type = toIValue(node->input(place)); type && type->isInt())
        if (is_other(static_cast<c10::ScalarType>(type->toInt()), all))
          put(node, place, static_cast<std::int64_t>(at::kFloat));
  });
  return changed;
}

} // namespace scalescope
