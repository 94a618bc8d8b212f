#include "core/network/detail/graph/graph_run.h"

#include "core/base/error.h"

#include <ATen/core/List.h>
#include <torch/csrc/jit/ir/constants.h>

#include <unordered_map>

namespace scalescope {
namespace {

using namespace torch::jit;

class NodeRun {
 public:
  NodeRun(const SeeValue& see, const std::function<bool(const Node*)>& needed) : see_(see), needed_(needed) {}

  void keep(const Value* value, c10::IValue now) {
    see_(value, now);
    if (value->hasUses())
      values_[value] = {std::move(now), value->uses().size()};
  }

  void run(const Block* block) {
    for (const Node* node : block->nodes())
      if (needed_(node))
        run(node);
  }

 private:
  c10::IValue take(const Value* value) {
    const auto found = values_.find(value);
    c10::IValue now = found->second.value;
    if (--found->second.uses == 0)
      values_.erase(found);
    return now;
  }

  // What makes and opens lists is no operation of its own to LibTorch.
  void run(const Node* node) {
    if (node->kind() == prim::Constant)
      return keep(node->output(), toIValue(node->output()).value_or(c10::IValue()));
    if (node->kind() == prim::Loop)
      throw Error("The network has a loop whose number of turns is decided at run time, which can't be written in this "
                  "format; export it with torch.jit.trace, or choose --format torchscript.");
    Stack stack;
    for (const Value* input : node->inputs())
      stack.push_back(take(input));
    if (node->kind() == prim::If) {
      const Block* taken = node->blocks()[stack[0].toBool() ? 0 : 1];
      run(taken);
      for (std::size_t i = 0; i < node->outputs().size(); ++i)
        keep(node->output(i), take(taken->outputs()[i]));
      return;
    }
    if (node->kind() == prim::ListConstruct) {
      c10::impl::GenericList list(node->output()->type()->expectRef<c10::ListType>().getElementType());
      for (c10::IValue& one : stack)
        list.push_back(std::move(one));
      return keep(node->output(), list);
    }
    if (node->kind() == prim::ListUnpack) {
      const auto list = stack[0].toListRef();
      stack = Stack(list.begin(), list.end());
    } else if (node->kind() == prim::TupleUnpack) {
      const auto elements = stack[0].toTupleRef().elements();
      stack = Stack(elements.begin(), elements.end());
    } else if (node->kind() == prim::TupleConstruct) {
      stack = {c10::ivalue::Tuple::create(std::move(stack))};
    } else if (node->kind() != prim::unchecked_cast) {
      node->getOperation()(stack);
    }
    for (std::size_t i = 0; i < node->outputs().size(); ++i)
      keep(node->output(i), stack.at(i));
  }

  struct Held {
    c10::IValue value;
    std::size_t uses = 0; // that are left
  };
  const SeeValue& see_;
  const std::function<bool(const Node*)>& needed_;
  std::unordered_map<const Value*, Held> values_;
};

} // namespace

void run_by_nodes(const Graph& graph, const std::vector<c10::IValue>& inputs, const SeeValue& see,
                  const std::function<bool(const Node*)>& needed) {
  NodeRun nodes(see, needed);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    nodes.keep(graph.inputs()[i], inputs[i]);
  nodes.run(graph.block());
}

} // namespace scalescope
