#include "core/network/detail/writing/recorded_run.h"

#include <torch/csrc/jit/ir/constants.h>

namespace scalescope {
namespace {

using namespace torch::jit;

at::Tensor outline_of(const at::Tensor& tensor) {
  return at::empty_strided(tensor.sizes(), tensor.strides(), tensor.options().device(at::kMeta));
}

c10::IValue outline_of(const c10::IValue& value) {
  if (value.isTensor())
    return value.toTensor().defined() ? c10::IValue(outline_of(value.toTensor())) : value;
  if (!value.isTensorList())
    return value;
  std::vector<at::Tensor> outlines;
  for (const at::Tensor& tensor : value.toTensorVector())
    outlines.push_back(outline_of(tensor));
  return outlines;
}

// What makes and opens lists is no operation of its own to LibTorch.
void run(const Node* node, Stack& stack) {
  switch (node->kind()) {
  case prim::ListConstruct: {
    c10::impl::GenericList list(node->output()->type()->expect<ListType>()->getElementType());
    for (const c10::IValue& element : stack)
      list.push_back(element);
    stack = {list};
    return;
  }
  case prim::TupleConstruct:
    stack = {c10::ivalue::Tuple::create(stack)};
    return;
  case prim::ListUnpack:
    stack = stack.at(0).toListRef().vec();
    return;
  case prim::TupleUnpack:
    stack = stack.at(0).toTupleRef().elements().vec();
    return;
  default:
    node->getOperation()(stack);
  }
}

} // namespace

RecordedRun record_run(const Graph& graph, const std::vector<c10::IValue>& inputs) {
  const torch::NoGradGuard no_gradients;
  RecordedRun recorded;
  std::unordered_map<const Value*, c10::IValue> alive; // those that are still to be used
  std::unordered_map<const Value*, std::size_t> uses;
  const auto keep = [&](const Value* value, c10::IValue content) {
    recorded[value] = outline_of(content);
    uses[value] = value->uses().size();
    if (!value->uses().empty())
      alive[value] = std::move(content);
  };
  for (std::size_t i = 0; i < inputs.size(); ++i)
    keep(graph.inputs()[i], inputs[i]);
  for (const Node* node : graph.nodes()) {
    if (node->kind() == prim::Constant) {
      keep(node->output(), toIValue(node->output()).value_or(c10::IValue()));
      continue;
    }
    Stack stack;
    for (const Value* input : node->inputs())
      stack.push_back(alive.at(input));
    run(node, stack);
    for (std::size_t i = 0; i < node->outputs().size(); ++i)
      keep(node->outputs()[i], stack.at(i));
    for (const Value* input : node->inputs())
      if (--uses.at(input) == 0)
        alive.erase(input);
  }
  return recorded;
}

} // namespace scalescope
