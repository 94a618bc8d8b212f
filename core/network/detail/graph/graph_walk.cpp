#include "core/network/detail/graph/graph_walk.h"

#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <optional>

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

// The nodes that change a list or dict, in their order; nothing where one of them is in a branch or loop.
std::optional<std::vector<Node*>> changes_of(const Value* container) {
  std::vector<Node*> changes;
  for (const Use& use : container->uses()) {
    if (!writes_to(use.user, use.offset))
      continue;
    if (use.user->owningBlock() != container->node()->owningBlock())
      return std::nullopt;
    changes.push_back(use.user);
  }
  std::sort(changes.begin(), changes.end(), [](const Node* a, const Node* b) { return a->isBefore(b); });
  return changes;
}

// What a list holds at the end, by its literal and what is appended; nothing where that can't be told.
std::optional<std::vector<Value*>> elements_of(Value* list) {
  const auto changes = changes_of(list);
  if (list->node()->kind() != prim::ListConstruct || !changes)
    return std::nullopt;
  std::vector<Value*> elements(list->node()->inputs().begin(), list->node()->inputs().end());
  for (Node* change : *changes) {
    Node* added = change->input(1)->node();
    if (change->kind() == aten::append)
      elements.push_back(change->input(1));
    else if ((change->kind() == Symbol::fromQualString("aten::add_") ||
              change->kind() == Symbol::fromQualString("aten::extend")) &&
             added->kind() == prim::ListConstruct)
      elements.insert(elements.end(), added->inputs().begin(), added->inputs().end());
    else
      return std::nullopt;
  }
  return elements;
}

struct DictEntry {
  std::string key;
  Value* value = nullptr;
};

// The same of a dict, by its literal and d[key] = value.
std::optional<std::vector<DictEntry>> entries_of(Value* dict) {
  const auto changes = changes_of(dict);
  if (dict->node()->kind() != prim::DictConstruct || !changes)
    return std::nullopt;
  std::vector<DictEntry> entries;
  const auto put = [&](const Value* key, Value* value) {
    const auto known = toIValue(key);
    const std::string name = known && known->isString() ? known->toStringRef() : "?";
    const auto same =
        std::find_if(entries.begin(), entries.end(), [&](const DictEntry& entry) { return entry.key == name; });
    if (same == entries.end() || name == "?")
      entries.push_back({name, value});
    else
      same->value = value;
  };
  for (std::size_t i = 0; i + 1 < dict->node()->inputs().size(); i += 2)
    put(dict->node()->input(i), dict->node()->input(i + 1));
  for (Node* change : *changes) {
    if (change->kind() != Symbol::fromQualString("aten::_set_item"))
      return std::nullopt;
    put(change->input(1), change->input(2));
  }
  return entries;
}

void collect_tensors(Graph& graph, Value* value, const std::string& name, std::vector<HeldTensor>& into) {
  if (is_tensor(value)) {
    into.push_back({name, value});
    return;
  }
  const TypePtr type = value->type();
  if (const auto tuple = type->cast<TupleType>()) {
    const auto& schema = tuple->schema(); // of a named tuple
    Node* unpacked = graph.insertNode(graph.createTupleUnpack(value));
    for (std::size_t i = 0; i < unpacked->outputs().size(); ++i)
      collect_tensors(graph, unpacked->outputs()[i],
                      join_names(name, schema ? schema->arguments()[i].name() : std::to_string(i)), into);
  } else if (const auto elements = elements_of(value)) {
    for (std::size_t i = 0; i < elements->size(); ++i)
      collect_tensors(graph, (*elements)[i], join_names(name, std::to_string(i)), into);
  } else if (const auto entries = entries_of(value)) {
    for (const auto& [key, element] : *entries)
      collect_tensors(graph, element, join_names(name, key), into);
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
