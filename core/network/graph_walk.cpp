#include "core/network/graph_walk.h"

#include <algorithm>

namespace scalescope {

using namespace torch::jit;

std::string join_names(const std::string& a, const std::string& b) {
  return a.empty() ? b : (b.empty() ? a : a + "." + b);
}

std::string path_of(const Value* value, const Value* self, const std::string& prefix) {
  std::string path;
  for (; value != self && value->node()->kind() == prim::GetAttr; value = value->node()->input(0))
    path = join_names(value->node()->s(attr::name), path);
  return join_names(prefix, path);
}

void for_each_node(Block* block, const std::function<void(Node*)>& visit) {
  for (auto it = block->nodes().begin(); it != block->nodes().end();) {
    Node* node = *it++; // the visitor may destroy it
    for (Block* inner : node->blocks())
      for_each_node(inner, visit);
    visit(node);
  }
}

Value* first_tensor(Graph& graph, Value* value) {
  const TypePtr type = value->type();
  if (type->isSubtypeOf(*TensorType::get()))
    return value;
  if (type->cast<TupleType>()) {
    Node* unpacked = graph.insertNode(graph.createTupleUnpack(value));
    for (Value* element : unpacked->outputs())
      if (Value* tensor = first_tensor(graph, element))
        return tensor;
  }
  const auto kind = value->node()->kind();
  if (kind == prim::ListConstruct || kind == prim::DictConstruct)
    for (Value* element : value->node()->inputs())
      if (Value* tensor = first_tensor(graph, element))
        return tensor;
  return nullptr;
}

bool writes_to(const Node* node, std::size_t input) {
  const FunctionSchema* schema = node->maybeSchema();
  const auto* alias =
      schema != nullptr && input < schema->arguments().size() ? schema->arguments()[input].alias_info() : nullptr;
  return alias != nullptr && alias->isWrite();
}

bool is_used_after(const Value* value, const Node* node) {
  return std::any_of(value->uses().begin(), value->uses().end(), [&](const Use& use) {
    const Node* user = use.user;
    while (user->owningBlock() != node->owningBlock()) { // a use inside a branch counts where the branch stands
      user = user->owningBlock()->owningNode();
      if (user == nullptr)
        return true;
    }
    return user->isAfter(node);
  });
}

} // namespace scalescope
