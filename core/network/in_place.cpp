#include "core/network/flat_graph.h"

#include "core/base/error.h"
#include "core/network/graph_walk.h"

#include <torch/csrc/jit/runtime/operator.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>

namespace scalescope {
namespace {

using namespace torch::jit;

// "aten::relu_" -> aten::relu, if there is such an operation and the node changes its first argument only.
std::optional<Symbol> pure_form(const Node* node) {
  const std::string name = node->kind().toQualString();
  if (!node->kind().is_aten() || name.back() != '_' || node->outputs().size() != 1)
    return std::nullopt;
  const FunctionSchema* schema = node->maybeSchema();
  if (schema == nullptr || schema->arguments().empty() || schema->arguments()[0].alias_info() == nullptr ||
      !schema->arguments()[0].alias_info()->isWrite())
    return std::nullopt;
  const Symbol pure = Symbol::fromQualString(name.substr(0, name.size() - 1));
  if (getAllOperatorsFor(pure).empty())
    return std::nullopt;
  return pure;
}

// A list holds tensors, not copies of them: who reads it reads what they are by then. So each reader gets a list of its
// own right before it.
void move_lists_to_their_readers(Graph& graph) {
  std::vector<Node*> lists;
  for_each_node(graph.block(), [&](Node* node) {
    if (node->kind() == prim::ListConstruct && node->output()->type()->isSubtypeOf(*ListType::ofTensors()))
      lists.push_back(node);
  });
  for (Node* list : lists) {
    const std::vector<Use> uses = list->output()->uses();
    if (std::any_of(uses.begin(), uses.end(), [](const Use& use) { return writes_to(use.user, use.offset); }))
      continue;
    for (const Use& use : uses) {
      Node* own = graph.createClone(list, [](Value* value) { return value; })->insertBefore(use.user);
      use.user->replaceInput(use.offset, own->output());
    }
    list->destroy();
  }
}

// Which values' memory a value may share. torch's own AliasDb takes whatever was once in a list for one another, so
// that every split would make of its input a view of all others.
class Memory {
 public:
  explicit Memory(const Graph& graph) {
    for (const Value* input : graph.inputs())
      owners_[input] = {input};
    read(graph.block());
  }

  /// A value that takes the place of another.
  void succeed(const Value* old, const Value* now) { owners_[now] = owners_.at(old); }

  bool shared(const Value* a, const Value* b) const {
    const auto& owners = owners_.at(a);
    return std::any_of(owners.begin(), owners.end(), [&](const Value* one) { return owners_.at(b).count(one) != 0; });
  }

 private:
  using Owners = std::set<const Value*>;

  void add(const Value* from, Owners& to) const {
    const auto found = owners_.find(from);
    if (found != owners_.end())
      to.insert(found->second.begin(), found->second.end());
  }

  void read(const Block* block) {
    for (const Node* node : block->nodes()) {
      Owners from_inputs;
      const FunctionSchema* schema = node->maybeSchema();
      for (std::size_t i = 0; i < node->inputs().size(); ++i)
        if (schema == nullptr || i >= schema->arguments().size() || schema->arguments()[i].alias_info() != nullptr)
          add(node->input(i), from_inputs);
      for (const Block* inner : node->blocks()) {
        for (const Value* parameter : inner->inputs())
          owners_[parameter] = from_inputs;
        read(inner);
        for (const Value* result : inner->outputs())
          add(result, from_inputs);
      }
      for (std::size_t i = 0; i < node->outputs().size(); ++i) {
        const bool may_share = schema == nullptr ||
                               i >= schema->returns().size() || // a list, a branch: whatever is in it
                               schema->returns()[i].alias_info() != nullptr;
        owners_[node->output(i)] = may_share && !from_inputs.empty() ? from_inputs : Owners{node->output(i)};
      }
      for (std::size_t i = 0; i < node->inputs().size(); ++i) // an element that joins a list
        if (writes_to(node, i) && node->input(i)->type()->cast<ListType>())
          owners_[node->input(i)] = from_inputs;
    }
  }

  std::map<const Value*, Owners> owners_;
};

// What a change in place computes, as a value of its own.
Value* compute(Node* change) {
  Graph& graph = *change->owningGraph();
  const WithInsertPoint here(change);
  const auto scoped = [&](Value* value) {
    value->node()->setScope(change->scope());
    return value;
  };
  if (change->kind() == aten::copy_) { // of any type and a shape that fits
    Value* source = scoped(graph.insert(aten::type_as, {change->input(1), change->input(0)}));
    return scoped(graph.insert(aten::expand_as, {source, change->input(0)}));
  }
  Node* pure = graph.create(*pure_form(change), change->inputs(), 1);
  pure->copyMetadata(change);
  return graph.insertNode(pure)->output();
}

// The tensor that `view` is a part of, with `part` in its place; null if it is no part that can be put back: only what
// slice (of every element) and select return is.
Value* put_back(Value* view, Value* part, Node* before) {
  Node* taken = view->node();
  const bool selected = taken->kind() == aten::select;
  if (!selected && taken->kind() != aten::slice)
    return nullptr;
  const auto number = [&](std::size_t input) { return toIValue(taken->input(input)); };
  const auto dimension = number(1);
  if (!dimension || (!selected && (!number(4) || number(4)->toInt() != 1)))
    return nullptr;
  Graph& graph = *before->owningGraph();
  const WithInsertPoint here(before);
  constexpr std::int64_t end_of_all = std::numeric_limits<std::int64_t>::max();
  Value* whole = taken->input(0);
  Value* first = taken->input(2); // of a slice: none is the first of all
  Value* end = nullptr;
  if (selected) {
    if (!number(2))
      return nullptr;
    const auto index = number(2)->toInt();
    end = graph.insertConstant(index == -1 ? end_of_all : index + 1);
    part = graph.insert(aten::unsqueeze, {part, taken->input(1)});
  } else {
    end = taken->input(3);
  }
  std::vector<Value*> parts;
  const auto is = [](const Value* value, std::int64_t sought) {
    const auto known = toIValue(value);
    return known && (known->isNone() || known->toInt() == sought);
  };
  if (!is(first, 0))
    parts.push_back(graph.insert(aten::slice, {whole, taken->input(1), 0, first, 1}));
  parts.push_back(part);
  if (!is(end, end_of_all))
    parts.push_back(graph.insert(aten::slice, {whole, taken->input(1), end, end_of_all, 1}));
  if (parts.size() == 1)
    return part;
  Value* list = graph.insertNode(graph.createList(TensorType::get(), parts))->output();
  return graph.insert(aten::cat, {list, taken->input(1)});
}

} // namespace

// Each change becomes a value of its own, which whatever comes later reads in place of what was changed, and of what
// that was a part of. Other views of the memory, made before and read after, would have to be made anew: that is
// refused.
void remove_in_place_operations(const std::shared_ptr<Graph>& graph) {
  move_lists_to_their_readers(*graph);
  Memory memory(*graph);
  std::vector<Value*> values(graph->inputs().begin(), graph->inputs().end());
  std::vector<Node*> changes;
  for (Node* node : graph->nodes()) {
    values.insert(values.end(), node->outputs().begin(), node->outputs().end());
    if (pure_form(node))
      changes.push_back(node);
  }
  for (Node* change : changes) {
    Value* old = change->input(0);
    Value* now = compute(change);
    change->output()->replaceAllUsesWith(now);
    std::set<const Value*> made;
    for (Value* whole = now; whole != nullptr;) {
      memory.succeed(old, whole);
      values.push_back(whole);
      made.insert(whole);
      old->replaceAllUsesAfterNodeWith(change, whole);
      whole = put_back(old, whole, change);
      old = old->node()->inputs().empty() ? nullptr : old->node()->input(0);
    }
    for (const Value* other : values)
      if (other->node()->kind() != prim::Constant && other->node()->isBefore(change) && is_used_after(other, change) &&
          memory.shared(now, other) && made.count(other) == 0)
        throw Error("The network changes a tensor in place (" + std::string(change->kind().toQualString()) + " in '" +
                    module_of(change) +
                    "') while a view of it is still in use, so its layers can't be read one by one; "
                    "export it with inplace=False.");
  }
  for (Node* change : changes) // not before: values are known by their address
    change->destroy();
}

} // namespace scalescope
