#include "core/network/detail/graph/in_place.h"

#include "core/base/error.h"
#include "core/network/detail/graph/flat_graph.h"
#include "core/network/detail/graph/graph_walk.h"

#include <torch/csrc/jit/runtime/operator.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace scalescope {
namespace {

using namespace torch::jit;

// "aten::relu_" -> aten::relu, if there is such an operation and the node changes its first argument, a tensor, only.
std::optional<Symbol> pure_form(const Node* node) {
  const std::string name = node->kind().toQualString();
  if (!node->kind().is_aten() || name.back() != '_' || node->outputs().size() != 1 || !writes_to(node, 0) ||
      !node->input(0)->type()->isSubtypeOf(*TensorType::get()))
    return std::nullopt;
  const Symbol pure = Symbol::fromQualString(name.substr(0, name.size() - 1));
  if (getAllOperatorsFor(pure).empty())
    return std::nullopt;
  return pure;
}

Error refusal(const Node* change, const std::string& why) {
  return Error("The network changes a tensor in place (" + std::string(change->kind().toQualString()) + " in '" +
               module_of(change) + "') " + why + "; export it with inplace=False.");
}

// A list contains references to tensors, so readers see later mutations. Each reader therefore gets its own list right
// before it. Lists that grow, or that other objects may hold, stay unchanged.
void move_lists_to_their_readers(Graph& graph) {
  std::vector<Node*> lists;
  for_each_node(graph.block(), [&](Node* node) {
    if (node->kind() == prim::ListConstruct && node->output()->type()->isSubtypeOf(*ListType::ofTensors()))
      lists.push_back(node);
  });
  for (Node* list : lists) {
    const std::vector<Use> uses = list->output()->uses();
    if (std::any_of(uses.begin(), uses.end(), [](const Use& use) {
          return use.user->maybeSchema() == nullptr || writes_to(use.user, use.offset);
        }))
      continue;
    for (const Use& use : uses) {
      Node* own = graph.createClone(list, [](Value* value) { return value; })->insertBefore(use.user);
      use.user->replaceInput(use.offset, own->output());
    }
    list->destroy();
  }
}

// Which values may share memory. Torch's AliasDb assumes that all values that were ever in a list may be aliases, so
// after a split every part would be a view of all others.
class Memory {
 public:
  explicit Memory(const Graph& graph) {
    for (const Value* input : graph.inputs())
      owners_[input] = {input};
    read(graph.block());
  }

  /// A value that replaces another.
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

  // Only tensors, and lists and tuples of them, have memory to share.
  static bool has_memory(const Value* value) {
    const auto kind = value->type()->kind();
    return kind != TypeKind::IntType && kind != TypeKind::FloatType && kind != TypeKind::BoolType &&
           kind != TypeKind::StringType && kind != TypeKind::NoneType;
  }

  // Operations that may hand on what they are given, though their schemas do not say so; or that join lists.
  static bool hands_on(const Node* node) {
    static const std::set<std::string> kinds = {"prim::unchecked_cast", "aten::type_as", "aten::broadcast_tensors",
                                                "aten::meshgrid",       "aten::einsum",  "aten::extend"};
    const bool joins_lists = node->outputs().size() == 1 && node->output()->type()->isSubtypeOf(*ListType::ofTensors());
    return kinds.count(node->kind().toQualString()) != 0 || node->maybeSchema() == nullptr || joins_lists;
  }

  void read(const Block* block) {
    for (const Node* node : block->nodes()) {
      const FunctionSchema* schema = node->maybeSchema();
      const bool all = hands_on(node);
      Owners from_inputs;
      for (std::size_t i = 0; i < node->inputs().size(); ++i)
        if (has_memory(node->input(i)) &&
            (all || i >= schema->arguments().size() || schema->arguments()[i].alias_info() != nullptr))
          add(node->input(i), from_inputs);
      for (const Block* inner : node->blocks()) {
        for (const Value* parameter : inner->inputs())
          owners_[parameter] = from_inputs.empty() ? Owners{parameter} : from_inputs;
        read(inner);
      }
      for (std::size_t i = 0; i < node->outputs().size(); ++i) {
        const Value* output = node->output(i);
        Owners owners;
        if (node->kind() == prim::If) {
          for (const Block* inner : node->blocks())
            add(inner->outputs()[i], owners);
        } else if (all || i >= schema->returns().size() || schema->returns()[i].alias_info() != nullptr) {
          owners = from_inputs;
          for (const Block* inner : node->blocks())
            for (const Value* result : inner->outputs())
              add(result, owners);
        }
        owners_[output] = has_memory(output) && !owners.empty() ? owners : Owners{output};
      }
      for (std::size_t i = 0; i < node->inputs().size(); ++i) // an element that joins a list
        if (writes_to(node, i) && node->input(i)->type()->cast<ListType>())
          owners_[node->input(i)] = from_inputs;
    }
  }

  std::map<const Value*, Owners> owners_;
};

// Whether a use comes after a change, as seen from the block that the change is in or from one around it.
bool comes_later(const Node* user, const Node* change) {
  for (const Node* here = change; here != nullptr; here = here->owningBlock()->owningNode())
    for (const Node* there = user; there != nullptr; there = there->owningBlock()->owningNode())
      if (there->owningBlock() == here->owningBlock()) {
        if (there != here)
          return there->isAfter(here);
        if (here->kind() == prim::Loop) // another turn
          return true;
      }
  return false; // in the other branch
}

bool is_read_later(const Value* value, const Node* change) {
  return std::any_of(value->uses().begin(), value->uses().end(),
                     [&](const Use& use) { return comes_later(use.user, change); });
}

// Whether a use is in the block of the change or in one inside it.
bool is_inside(const Node* user, const Block* block) {
  while (user != nullptr && user->owningBlock() != block)
    user = user->owningBlock()->owningNode();
  return user != nullptr;
}

// Replaces the in-place changes of a graph, in their order.
class Changes {
 public:
  explicit Changes(Graph& graph) : graph_(graph), memory_(graph) {
    values_.assign(graph.inputs().begin(), graph.inputs().end());
    segment(graph.block());
    for (Node* change : done_) // not before: values are known by their address
      change->destroy();
  }

 private:
  void segment(Block* block) {
    values_.insert(values_.end(), block->inputs().begin(), block->inputs().end());
    const auto latest_outside = latest_;
    std::vector<Node*> nodes(block->nodes().begin(), block->nodes().end());
    for (Node* node : nodes) {
      for (Block* inner : node->blocks())
        segment(inner);
      values_.insert(values_.end(), node->outputs().begin(), node->outputs().end());
      if (pure_form(node))
        segment(node);
    }
    if (block->owningNode() != nullptr)
      latest_ = latest_outside;
  }

  void segment(Node* change) {
    Value* now = compute(change);
    change->output()->replaceAllUsesWith(now);
    std::set<const Value*> made;
    Value* first = first_of(change->input(0));
    for (Value* whole = now; whole != nullptr;) {
      Value* old = latest_of(first);
      memory_.succeed(old, whole);
      first_[whole] = first;
      latest_[first] = whole;
      values_.push_back(whole);
      made.insert(whole);
      replace_later(old, change, whole);
      whole = put_back(first, whole, change);
      if (whole != nullptr)
        first = first_of(first->node()->input(0));
    }
    for (const Value* other : values_)
      if (other->node()->kind() != prim::Constant && made.count(other) == 0 && memory_.shared(now, other) &&
          is_read_later(other, change))
        throw refusal(change, "while a view of it is still in use, so its layers can't be read one by one");
    done_.push_back(change);
  }

  // Computes the result of an in-place change as a new value.
  Value* compute(Node* change) {
    const WithInsertPoint here(change);
    const auto scoped = [&](Value* value) {
      value->node()->setScope(change->scope());
      return value;
    };
    if (change->kind() == aten::copy_) { // of any type and a shape that fits
      Value* source = scoped(graph_.insert(aten::type_as, {change->input(1), change->input(0)}));
      return scoped(graph_.insert(aten::expand_as, {source, change->input(0)}));
    }
    Node* pure = graph_.create(*pure_form(change), change->inputs(), 1);
    pure->copyMetadata(change);
    pure->output()->setType(change->output()->type());
    graph_.insertNode(pure);
    if (pure->maybeSchema() == nullptr)
      throw refusal(change, "in a way that has no other form");
    return pure->output();
  }

  // The tensor that `view` is a part of, with `part` in its place; null if it is no part that can be put back: only
  // what slice (of every element) and select return is, with its shape as it was.
  Value* put_back(Value* view, Value* part, Node* change) {
    Node* taken = view->node();
    static const std::set<std::string> reshaping = {"aten::squeeze_", "aten::unsqueeze_", "aten::t_",
                                                    "aten::transpose_"};
    const bool selected = taken->kind() == aten::select;
    // Of a list both have fewer inputs.
    if (taken->inputs().size() != (selected ? 3 : 5) || (!selected && taken->kind() != aten::slice) ||
        reshaping.count(change->kind().toQualString()) != 0)
      return nullptr;
    const auto number = [&](std::size_t input) { return toIValue(taken->input(input)); };
    if (!number(1) || (selected ? !number(2) : !number(4) || number(4)->toInt() != 1))
      return nullptr;
    const WithInsertPoint here(change);
    Value* whole = latest_of(first_of(taken->input(0)));
    Value* dimension = taken->input(1);
    if (selected)
      part = graph_.insert(aten::unsqueeze, {part, dimension});
    const auto is = [](const Value* value, std::int64_t sought) {
      const auto known = toIValue(value);
      return known && (known->isNone() || known->toInt() == sought);
    };
    constexpr std::int64_t end_of_all = std::numeric_limits<std::int64_t>::max();
    std::vector<Value*> parts;
    Value* behind = nullptr; // where the rest begins: not the slice's end, which may lie before its beginning
    const auto join = [&](Value* one) {
      Value* length = graph_.insert(aten::size, {one, dimension});
      behind = behind == nullptr ? length : graph_.insert(aten::add, {behind, length});
      parts.push_back(one);
    };
    if (!is(taken->input(2), 0)) // none is the first of all
      join(graph_.insert(aten::slice, {whole, dimension, 0, taken->input(2), 1}));
    join(part);
    if (selected ? !is(taken->input(2), -1) : !is(taken->input(3), end_of_all))
      parts.push_back(graph_.insert(aten::slice, {whole, dimension, behind, end_of_all, 1}));
    if (parts.size() == 1)
      return part;
    Value* list = graph_.insertNode(graph_.createList(TensorType::get(), parts))->output();
    return graph_.insert(aten::cat, {list, dimension});
  }

  static void replace_later(Value* old, Node* change, Value* now) {
    const std::vector<Use> uses(old->uses().begin(), old->uses().end()); // they change on the way
    for (const Use& use : uses)
      if (use.user != change && is_inside(use.user, change->owningBlock()) && comes_later(use.user, change))
        use.user->replaceInput(use.offset, now);
  }

  Value* first_of(Value* value) const {
    const auto found = first_.find(value);
    return found == first_.end() ? value : found->second;
  }
  Value* latest_of(Value* value) const {
    const auto found = latest_.find(value);
    return found == latest_.end() ? value : found->second;
  }

  Graph& graph_;
  Memory memory_;
  std::vector<Value*> values_;      // made so far
  std::map<Value*, Value*> first_;  // a value that took another's place -> the first of them
  std::map<Value*, Value*> latest_; // the other way round
  std::vector<Node*> done_;
};

} // namespace

// Each change becomes a new value. Later nodes read it instead of the changed tensor and of the tensor that it is a
// part of. Other views of the memory that were made before and are read after would have to be made again; this is
// refused. So is a branch that changes a tensor that is read after it.
void remove_in_place_operations(const std::shared_ptr<Graph>& graph) {
  move_lists_to_their_readers(*graph);
  const Changes changes(*graph);
}

} // namespace scalescope
