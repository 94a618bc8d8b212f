#include "core/network/detail/graph/operations.h"

#include <set>
#include <string>

namespace scalescope {
namespace {

using namespace torch::jit;

void collect_inputs(const Node* node, std::vector<const Value*>& into) {
  into.insert(into.end(), node->inputs().begin(), node->inputs().end());
  for (const Block* block : node->blocks()) {
    for (const Node* inner : block->nodes())
      collect_inputs(inner, into);
    collect_inputs(block->return_node(), into);
  }
}

} // namespace

bool is_convolution(const Node* node) {
  static const std::set<std::string> names = {"aten::_convolution", "aten::_convolution_mode",
                                              "aten::convolution",  "aten::conv1d",
                                              "aten::conv2d",       "aten::conv3d"};
  return names.count(node->kind().toQualString()) != 0;
}

bool is_linear(const Node* node) {
  static const std::set<std::string> names = {"aten::linear", "aten::addmm", "aten::matmul", "aten::mm", "aten::bmm"};
  return names.count(node->kind().toQualString()) != 0;
}

bool is_weight_operation(const Node* node) { return is_convolution(node) || is_linear(node); }

bool is_normalisation_or_activation(const Node* node) {
  static const std::set<std::string> names = {
      "aten::batch_norm", "aten::layer_norm", "aten::group_norm", "aten::instance_norm", "aten::relu",
      "aten::relu6",      "aten::hardtanh",   "aten::silu",       "aten::gelu",          "aten::hardswish",
      "aten::elu",        "aten::leaky_relu", "aten::mish",       "aten::sigmoid",       "aten::tanh"};
  return names.count(node->kind().toQualString()) != 0;
}

bool carries_data(const Value* value) {
  // A number as a tensor is what a trace makes of a side's length.
  if (value->node()->kind() == prim::Constant || value->node()->kind() == prim::NumToTensor)
    return false;
  const auto& type = value->type();
  const auto list = type->cast<ListType>();
  return type->isSubtypeOf(*TensorType::get()) || (list && list->getElementType()->isSubtypeOf(*TensorType::get()));
}

std::vector<const Value*> data_inputs(const Node* node) {
  std::vector<const Value*> all;
  collect_inputs(node, all);
  std::vector<const Value*> data;
  for (const Value* value : all)
    if (carries_data(value) && value->node()->owningBlock() == node->owningBlock())
      data.push_back(value);
  return data;
}

bool is_merge(const Node* node) {
  static const std::set<std::string> names = {"aten::add", "aten::cat", "aten::mul", "aten::concat"};
  if (names.count(node->kind().toQualString()) == 0)
    return false;
  std::set<const Value*> joined;
  for (const Value* value : data_inputs(node)) {
    if (value->node()->kind() == prim::ListConstruct)
      for (const Value* element : data_inputs(value->node()))
        joined.insert(element);
    else
      joined.insert(value);
  }
  return joined.size() > 1;
}

} // namespace scalescope
