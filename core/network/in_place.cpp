#include "core/network/flat_graph.h"

#include "core/base/error.h"
#include "core/network/graph_walk.h"

#include <torch/csrc/jit/runtime/operator.h>

#include <algorithm>
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

} // namespace

// A tensor that is changed in place has several names: the value that made it and the result of each change. `names`
// collects them, so that what comes after a change reads its result whichever name it used. Only another tensor that
// shares the memory (a view, or a list that holds it) and is read after the change would see a difference.
void remove_in_place_operations(const std::shared_ptr<Graph>& graph) {
  move_lists_to_their_readers(*graph);
  const Memory memory(*graph);
  std::vector<Value*> values(graph->inputs().begin(), graph->inputs().end());
  std::vector<Node*> changes;
  for (Node* node : graph->nodes()) {
    values.insert(values.end(), node->outputs().begin(), node->outputs().end());
    if (pure_form(node))
      changes.push_back(node);
  }
  std::map<const Value*, const Value*> origin; // a name -> the first name of its tensor
  const auto origin_of = [&](const Value* value) {
    const auto found = origin.find(value);
    return found == origin.end() ? value : found->second;
  };
  for (const Node* node : changes)
    origin[node->output()] = origin_of(node->input(0));

  for (const Node* node : changes)
    for (Value* other : values)
      if (other->node()->kind() != prim::Constant && origin_of(other) != origin_of(node->input(0)) &&
          is_used_after(other, node) && other->node()->isBefore(node) && memory.shared(node->input(0), other))
        throw Error("The network changes a tensor in place (" + std::string(node->kind().toQualString()) + " in '" +
                    module_of(node) +
                    "') while a view of it is still in use, so its layers can't be read one by one; "
                    "export it with inplace=False.");

  std::map<const Value*, std::vector<Value*>> names; // first name -> all names so far
  std::map<const Value*, const Value*> renamed;      // result of a pure node -> the result it stands for
  for (Node* node : changes) {
    Value* input = node->input(0);
    const auto stands_for = renamed.find(input);
    const Value* first = origin_of(stands_for == renamed.end() ? input : stands_for->second);
    Node* pure = node->replaceWithNewSymbol(*pure_form(node));
    renamed[pure->output()] = node->output();
    auto& all = names[first];
    all.push_back(input);
    for (Value* name : all)
      name->replaceAllUsesAfterNodeWith(pure, pure->output());
    all.push_back(pure->output());
  }
  for (Node* node : changes) // not before: the maps know values by their address
    node->destroy();
}

} // namespace scalescope
