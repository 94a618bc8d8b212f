#include "core/network/graph_walk.h"

#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <utility>

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

namespace {

bool is_tensor(const Value* value) { return value->type()->isSubtypeOf(*TensorType::get()); }

// What a dict is filled with by literal and by d[key] = value, as pairs; nothing where it is not told by the graph.
std::vector<std::pair<Value*, Value*>> entries_of(Value* dict) {
  static const Symbol set_item = Symbol::fromQualString("aten::_set_item");
  Node* made = dict->node();
  std::vector<std::pair<Value*, Value*>> entries;
  const auto put = [&](Value* key, Value* value) {
    const auto name = toIValue(key);
    const auto same = std::find_if(entries.begin(), entries.end(), [&](const auto& entry) {
      return name && toIValue(entry.first) && *toIValue(entry.first) == *name;
    });
    same == entries.end() ? entries.emplace_back(key, value) : * same = {key, value};
  };
  for (std::size_t i = 0; i + 1 < made->inputs().size(); i += 2)
    put(made->inputs()[i], made->inputs()[i + 1]);
  for (const Use& use : dict->uses())
    if (use.user->kind() == set_item && use.offset == 0 && use.user->owningBlock() == made->owningBlock())
      put(use.user->input(1), use.user->input(2));
  return entries;
}

void collect_tensors(Graph& graph, Value* value, const std::string& name, std::vector<HeldTensor>& into) {
  if (is_tensor(value)) {
    into.push_back({name, value});
    return;
  }
  const TypePtr type = value->type();
  const auto kind = value->node()->kind();
  if (const auto tuple = type->cast<TupleType>()) {
    const auto& schema = tuple->schema(); // of a named tuple
    Node* unpacked = graph.insertNode(graph.createTupleUnpack(value));
    for (std::size_t i = 0; i < unpacked->outputs().size(); ++i)
      collect_tensors(graph, unpacked->outputs()[i],
                      join_names(name, schema ? schema->arguments()[i].name() : std::to_string(i)), into);
  } else if (kind == prim::ListConstruct) {
    for (std::size_t i = 0; i < value->node()->inputs().size(); ++i)
      collect_tensors(graph, value->node()->inputs()[i], join_names(name, std::to_string(i)), into);
  } else if (kind == prim::DictConstruct) {
    for (const auto& [key, element] : entries_of(value)) {
      const auto text = toIValue(key);
      collect_tensors(graph, element, join_names(name, text && text->isString() ? text->toStringRef() : "?"), into);
    }
  } else if (type->cast<ListType>() || type->cast<DictType>()) {
    into.push_back({name, value});
  }
}

} // namespace

std::vector<HeldTensor> tensors_in(Graph& graph, Value* value) {
  std::vector<HeldTensor> tensors;
  collect_tensors(graph, value, "", tensors);
  return tensors;
}

Value* first_tensor(Graph& graph, Value* value) {
  for (const HeldTensor& held : tensors_in(graph, value))
    if (is_tensor(held.value))
      return held.value;
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
