#include "core/network/detail/truncation/needed_nodes.h"

#include "core/network/detail/graph/graph_walk.h"
#include "core/network/detail/truncation/layer_call.h"

#include <torch/csrc/jit/api/function_impl.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace scalescope {
namespace {

using namespace torch::jit;

// Tells which values a node changes in place.
class Writes {
 public:
  // Values from outside the node.
  std::vector<const Value*> of(const Node* node) {
    std::vector<const Value*> written;
    if (const Function* function = called(node)) {
      const std::size_t first = node->kind() == prim::CallFunction ? 1 : 0; // before it stands the function itself
      for (const std::size_t input : of_inputs(*toGraphFunction(*function).graph()))
        written.push_back(node->input(first + input));
    } else if (const FunctionSchema* schema = node->maybeSchema()) {
      const auto& arguments = schema->arguments();
      for (std::size_t i = 0; i < std::min(arguments.size(), node->inputs().size()); ++i)
        if (arguments[i].alias_info() != nullptr && arguments[i].alias_info()->isWrite())
          written.push_back(node->input(i));
    }
    for (const Block* block : node->blocks())
      for (const Node* inner : block->nodes())
        for (const Value* value : of(inner))
          if (const Value* first = origin(value); first->node()->owningBlock() != block)
            written.push_back(first);
    return written;
  }

  // The first name of a tensor that has several: an operation in place returns what it changed.
  const Value* origin(const Value* value) {
    for (;;) {
      const auto known = origins_.find(value);
      if (known != origins_.end())
        return known->second;
      const Node* node = value->node();
      const auto written = node->kind() == prim::Param ? std::vector<const Value*>() : of(node);
      if (written.empty())
        return value;
      const Value* first = origin(written.front());
      origins_[value] = first;
      value = first;
    }
  }

 private:
  static const Function* called(const Node* node) {
    if (node->kind() != prim::CallFunction)
      return called_method(node);
    const auto type = node->input(0)->type()->cast<FunctionType>();
    return type ? tryToGraphFunction(*type->function()) : nullptr;
  }

  // The positions of the inputs that a function changes.
  const std::set<std::size_t>& of_inputs(Graph& graph) {
    const auto known = inputs_.find(&graph);
    if (known != inputs_.end())
      return known->second;
    std::set<std::size_t> written;
    for (const Node* node : graph.nodes())
      for (const Value* value : of(node))
        if (const Value* first = origin(value); first->node() == graph.param_node())
          written.insert(first->offset());
    return inputs_[&graph] = std::move(written);
  }

  std::map<const Graph*, std::set<std::size_t>> inputs_;
  std::map<const Value*, const Value*> origins_;
};

} // namespace

void remove_unneeded_nodes(Graph& graph) {
  Writes writes;
  std::vector<Node*> nodes(graph.nodes().begin(), graph.nodes().end());
  std::map<const Value*, std::vector<const Value*>> names; // of a tensor, by its first
  for (const Value* input : graph.inputs())
    names[input].push_back(input);
  for (const Node* node : nodes)
    for (const Value* output : node->outputs())
      names[writes.origin(output)].push_back(output);
  // From the end: uses by nodes that are not needed themselves are gone when a node is looked at.
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    const auto is_read_later = [&](const Value* written) {
      const auto& all = names[writes.origin(written)];
      return std::any_of(all.begin(), all.end(), [&](const Value* name) { return is_used_after(name, *node); });
    };
    const auto written = writes.of(*node);
    if ((*node)->hasUses() || (*node)->kind() == prim::SetAttr ||
        std::any_of(written.begin(), written.end(), is_read_later))
      continue;
    for (const Value* output : (*node)->outputs())
      std::erase(names[writes.origin(output)], output);
    (*node)->destroy();
  }
}

} // namespace scalescope
