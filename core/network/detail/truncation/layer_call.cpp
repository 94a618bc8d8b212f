#include "core/network/detail/truncation/layer_call.h"

#include "core/network/detail/graph/graph_walk.h"

#include <torch/csrc/jit/api/function_impl.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace scalescope {
namespace {

using namespace torch::jit;

// A graph's first input, and the module that it stands for.
struct Self {
  const Value* value;
  Module module;
  bool in_training = false; // may be: then the attribute `training` is not known
};

std::optional<std::size_t> taken_branch(const Node* branch, const Self& self);

// The constant value of an expression that does not depend on the images.
std::optional<IValue> known(const Value* value, const Self& self) {
  if (value == self.value)
    return IValue(self.module._ivalue());
  if (const auto constant = toIValue(value))
    return *constant;
  const Node* node = value->node();
  if (node->kind() == prim::Param)
    return std::nullopt;
  if (node->kind() == prim::If) {
    const auto taken = taken_branch(node, self);
    return taken ? known(node->blocks()[*taken]->outputs()[value->offset()], self) : std::nullopt;
  }
  Stack stack;
  for (const Value* input : node->inputs()) {
    auto one = known(input, self);
    if (!one)
      return std::nullopt;
    stack.push_back(std::move(*one));
  }
  if (node->kind() == prim::GetAttr && stack.front().isObject()) {
    if (self.in_training && node->s(attr::name) == "training")
      return std::nullopt;
    return stack.front().toObject()->getAttr(node->s(attr::name));
  }
  const FunctionSchema* schema = node->maybeSchema();
  if (!node->kind().is_aten() || node->outputs().size() != 1 || schema == nullptr || schema->is_mutable() ||
      node->isNondeterministic())
    return std::nullopt;
  node->getOperation()(stack);
  return stack.back();
}

bool raises(const Block* block) {
  return std::any_of(block->nodes().begin(), block->nodes().end(),
                     [](const Node* node) { return node->kind() == prim::RaiseException; });
}

// The branch that evaluation takes: the condition says so, or the other one is a check that ends in an exception.
std::optional<std::size_t> taken_branch(const Node* branch, const Self& self) {
  if (const auto condition = known(branch->input(), self); condition && condition->isBool())
    return condition->toBool() ? 0 : 1;
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}})
    if (raises(branch->blocks()[i]))
      return 1 - i;
  return std::nullopt;
}

// The module that a call is of, as a name inside self; nothing where it is reached in another way.
std::optional<std::string> target_of(const Node* call, const Value* self) {
  const Value* value = call->input(0);
  while (value != self && value->node()->kind() == prim::GetAttr)
    value = value->node()->input(0);
  return value == self ? std::optional(path_of(call->input(0), self)) : std::nullopt;
}

bool is_around(const std::string& module, const std::string& layer) {
  return module.empty() || layer.starts_with(module + ".");
}

bool is_forward(const Node* call) { // traced: forward, forward1, ... for further calls
  return call->s(attr::name).starts_with("forward");
}

bool calls(const Block* block, const Self& self, const std::string& layer);

// Whether a call of a module around the layer leads to a call of the layer.
bool leads_to(const Node* call, const std::string& target, const Self& self, const std::string& layer) {
  const auto body = toGraphFunction(*called_method(call)).graph();
  return calls(body->block(), {body->inputs()[0], submodule(self.module, target), self.in_training},
               target.empty() ? layer : layer.substr(target.size() + 1));
}

bool calls(const Block* block, const Self& self, const std::string& layer) {
  return std::any_of(block->nodes().begin(), block->nodes().end(), [&](const Node* node) {
    if (node->kind() == prim::If) {
      const auto taken = taken_branch(node, self);
      return taken && calls(node->blocks()[*taken], self, layer);
    }
    const auto target = called_method(node) != nullptr ? target_of(node, self.value) : std::nullopt;
    return target && ((*target == layer && is_forward(node)) ||
                      (is_around(*target, layer) && leads_to(node, *target, self, layer)));
  });
}

// Puts what a node's body computes in its place.
void replace(Node* node, at::ArrayRef<Value*> by) {
  for (std::size_t i = 0; i < node->outputs().size(); ++i)
    node->outputs()[i]->replaceAllUsesWith(by[i]);
  node->destroy();
}

void inline_here(Graph& graph, Node* call) {
  const auto body = toGraphFunction(*called_method(call)).graph()->copy();
  const WithInsertPoint here(call);
  replace(call, insertGraph(graph, *body, call->inputs()));
}

void take(Node* branch, Block* taken) {
  while (taken->nodes().begin() != taken->nodes().end())
    (*taken->nodes().begin())->moveBefore(branch);
  const std::vector<Value*> outputs(taken->outputs().begin(), taken->outputs().end());
  replace(branch, outputs);
}

} // namespace

Function* called_method(const Node* node) {
  if (node->kind() != prim::CallMethod)
    return nullptr;
  const auto type = node->input(0)->type()->cast<ClassType>();
  return type && type->is_module() ? type->findMethod(node->s(attr::name)) : nullptr;
}

void settle_branches(Graph& graph, const Module& module) {
  const Self self{graph.inputs()[0], module, true};
  const std::vector<Node*> nodes(graph.nodes().begin(), graph.nodes().end());
  for (Node* node : nodes)
    if (node->kind() == prim::If)
      if (const auto condition = known(node->input(), self); condition && condition->isBool())
        take(node, node->blocks()[condition->toBool() ? 0 : 1]);
}

Module submodule(const Module& module, const std::string& name) {
  Module found = module;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t end = std::min(name.find('.', at), name.size());
    found = found.attr(name.substr(at, end - at)).toModule();
    at = end + 1;
  }
  return found;
}

Node* bring_up_call(Graph& graph, const Module& module, const std::string& layer) {
  const Self self{graph.inputs()[0], module};
  for (bool changed = true; changed;) {
    changed = false;
    const std::vector<Node*> nodes(graph.nodes().begin(), graph.nodes().end());
    for (auto node = nodes.rbegin(); node != nodes.rend() && !changed; ++node) {
      if ((*node)->kind() == prim::If) {
        const auto taken = taken_branch(*node, self);
        changed = taken && calls((*node)->blocks()[*taken], self, layer);
        if (changed)
          take(*node, (*node)->blocks()[*taken]);
        continue;
      }
      const auto target = called_method(*node) != nullptr ? target_of(*node, self.value) : std::nullopt;
      if (target && *target == layer && is_forward(*node))
        return *node;
      changed = target && is_around(*target, layer) && leads_to(*node, *target, self, layer);
      if (changed)
        inline_here(graph, *node);
    }
  }
  return nullptr;
}

} // namespace scalescope
