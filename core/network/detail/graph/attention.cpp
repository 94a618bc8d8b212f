#include "core/network/detail/graph/attention.h"

#include "core/network/detail/graph/graph_walk.h"

#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <set>

namespace scalescope {
namespace {

using namespace torch::jit;

bool is_product(const Node* node) {
  static const std::set<std::string> names = {"aten::matmul", "aten::bmm", "aten::baddbmm", "aten::einsum"};
  return names.contains(node->kind().toQualString());
}

// The node behind scaling, masks and biases.
const Node* scored_by(const Value* scores) {
  static const std::set<std::string> between = {"aten::add",         "aten::mul",   "aten::div", "aten::sub",
                                                "aten::masked_fill", "aten::where", "aten::to",  "aten::clamp"};
  constexpr int furthest = 12;
  const Node* node = scores->node();
  for (int step = 0; step < furthest && between.contains(node->kind().toQualString()); ++step) {
    const std::size_t from = node->kind() == aten::where ? 1 : 0;
    node = node->input(from)->node();
  }
  return node;
}

bool weighs(const Value* weights) {
  return std::ranges::any_of(weights->uses(), [](const Use& use) {
    if (use.user->kind() == aten::to || use.user->kind() == aten::dropout || use.user->kind() == aten::masked_fill)
      return weighs(use.user->output());
    return is_product(use.user);
  });
}

bool is_attention(const Node* node) {
  if (node->kind() != aten::softmax && node->kind() != aten::_softmax)
    return false;
  return is_product(scored_by(node->input(0))) && weighs(node->output());
}

} // namespace

std::vector<AttentionWeights> find_attention(const FlatGraph& flat) {
  std::vector<AttentionWeights> all;
  std::set<std::string> taken;
  for (const ModuleOutput& output : flat.outputs)
    taken.insert(output.module);
  for (Node* node : flat.graph->nodes()) {
    if (!is_attention(node))
      continue;
    const std::string module = module_of(scored_by(node->input(0))); // the softmax may be a module of its own
    const std::string plain = join_names(module, "attention");
    std::string name = plain;
    for (int number = 2; !taken.insert(name).second; ++number) // a module has the name, or it attends twice
      name = plain + "_" + std::to_string(number);
    all.push_back({name, module, node->output()});
  }
  return all;
}

Value* add_rollout(FlatGraph& flat, const std::vector<Value*>& weights) {
  Graph& graph = *flat.graph;
  const WithInsertPoint end(graph.return_node());
  const WithCurrentScope scope(graph, scope_of_module(""));
  Value* rollout = nullptr;
  for (Value* one : weights) {
    Value* mean = graph.insert(aten::mean, {one, std::vector<std::int64_t>{1}, true});
    Value* identity = graph.insert(Symbol::fromQualString("aten::eye"), {graph.insert(aten::size, {mean, -1})});
    Value* sum = graph.insert(aten::add, {mean, graph.insert(aten::type_as, {identity, mean})}); // also its device
    Value* rows = graph.insert(aten::sum, {sum, std::vector<std::int64_t>{-1}, true});
    Value* flow = graph.insert(aten::div, {sum, rows});
    rollout = rollout == nullptr ? flow : graph.insert(aten::matmul, {flow, rollout});
  }
  return rollout;
}

} // namespace scalescope
