#include "core/network/detail/graph/attention.h"

#include "core/network/detail/graph/graph_walk.h"
#include "core/network/detail/graph/operations.h"

#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

namespace scalescope {
namespace {

using namespace torch::jit;

bool is_product(const Node* node) {
  static const std::set<std::string> names = {"aten::matmul", "aten::bmm", "aten::baddbmm", "aten::einsum"};
  return names.contains(node->kind().toQualString());
}

// The node behind scaling, masks and biases; masks of windows are added in another shape.
Node* scored_by(Value* scores) {
  static const std::set<std::string> between = {
      "aten::add", "aten::mul",   "aten::div",  "aten::sub",     "aten::masked_fill", "aten::where",
      "aten::to",  "aten::clamp", "aten::view", "aten::reshape", "aten::_unsafe_view"};
  constexpr int furthest = 12;
  Node* node = scores->node();
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

bool is_attention(Node* node) {
  if (node->kind() != aten::softmax && node->kind() != aten::_softmax)
    return false;
  return is_product(scored_by(node->input(0))) && weighs(node->output());
}

// Operations that move values to other places and leave them as they are.
bool moves(const Node* node) {
  static const std::set<std::string> names = {
      "aten::roll", "aten::constant_pad_nd", "aten::pad",          "aten::slice",      "aten::cat",  "aten::concat",
      "aten::view", "aten::reshape",         "aten::_unsafe_view", "aten::contiguous", "aten::clone"};
  return names.contains(node->kind().toQualString());
}

// The permutation that makes windows of a map: N x rows x side x columns x side x channels.
bool divides(const Node* node) {
  if (node->kind() != aten::permute)
    return false;
  const auto order = toIValue(node->input(1));
  return order && order->isIntList() && order->toIntVector() == std::vector<std::int64_t>{0, 1, 3, 2, 4, 5};
}

// A sequence of tokens that takes the shape of a map.
bool makes_map(const Node* node) {
  if (node->kind() != aten::view && node->kind() != aten::reshape && node->kind() != aten::_unsafe_view)
    return false;
  const auto size = toIValue(node->input(1));
  return (size && size->isIntList() ? size->toIntVector().size() : node->input(1)->node()->inputs().size()) == 4;
}

// The tensor that a moving node reads; of several parts the first, which comes from the same map.
Value* moved_by(Node* node) {
  Value* value = node->input(0);
  return value->node()->kind() == prim::ListConstruct ? value->node()->input(0) : value;
}

// Sets what the attention in windows reads, if its queries come from windows of a map.
void find_windows(AttentionWeights& weights, Node* scores) {
  constexpr int furthest = 30;
  Node* projection = scores;
  for (int step = 0; step < furthest && (step == 0 || !is_linear(projection)); ++step) {
    if (projection->inputs().empty())
      return;
    projection = projection->input(0)->node();
  }
  if (!is_linear(projection))
    return;
  Value* windows = projection->input(projection->kind() == aten::addmm ? 1 : 0);
  bool divided = false;
  Value* map = windows;
  for (int step = 0; step < furthest; ++step) {
    Node* node = map->node();
    if (!divides(node) && (!moves(node) || (divided && makes_map(node))))
      break;
    divided |= divides(node);
    map = moved_by(node);
  }
  if (divided) {
    weights.windows = windows;
    weights.map = map;
  }
}

// Repeats the moving operations between two values on another tensor, at the graph's insert point.
Value* moved_alike(Graph& graph, Value* value, std::map<Value*, Value*>& known) {
  if (const auto found = known.find(value); found != known.end())
    return found->second;
  Node* node = value->node();
  if (!moves(node) && !divides(node) && node->kind() != prim::ListConstruct)
    return value; // a number or a size
  if (!carries_data(value) && node->kind() != prim::ListConstruct)
    return value;
  for (Value* input : node->inputs())
    known[input] = moved_alike(graph, input, known);
  Node* copy = graph.insertNode(graph.createClone(node, [&](Value* input) { return known.at(input); }));
  return known[value] = copy->output();
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
    all.push_back({.name = name, .module = module, .value = node->output()});
    find_windows(all.back(), scored_by(node->input(0)));
  }
  return all;
}

Value* add_window_places(FlatGraph& flat, const AttentionWeights& weights) {
  Graph& graph = *flat.graph;
  const WithInsertPoint end(graph.return_node());
  const WithCurrentScope scope(graph, scope_of_module(""));
  const auto length = [&](Value* value, int axis) { return graph.insert(aten::size, {value, axis}); };
  const auto shaped = [&](Value* value, const std::vector<Value*>& sides) {
    return graph.insert(aten::reshape, {value, graph.insertNode(graph.createList(IntType::get(), sides))->output()});
  };
  const auto part = [&](Value* value, int axis, int first, std::int64_t behind) {
    return graph.insert(aten::slice, {value, axis, first, behind, 1});
  };
  Value* any = graph.insertConstant(-1);
  // The first channel counts rows, the others count columns. Whole numbers up to 256 are exact in bfloat16 as well.
  Value* ones = graph.insert(aten::ones_like, {weights.map});
  Value* rows = part(graph.insert(aten::cumsum, {ones, 1}), 3, 0, 1);
  Value* columns = part(graph.insert(aten::cumsum, {ones, 2}), 3, 1, std::numeric_limits<std::int64_t>::max());
  Value* both = graph.insertNode(graph.createList(TensorType::get(), {rows, columns}))->output();
  std::map<Value*, Value*> known{{weights.map, graph.insert(aten::cat, {both, 3})}};
  Value* keys = length(weights.value, 3);
  Value* numbers = shaped(moved_alike(graph, weights.windows, known), {length(weights.value, 0), keys, any});
  Value* places = graph.insert(aten::transpose, {part(numbers, 2, 0, 2), 1, 2});
  Value* by_query = graph.insert(aten::flatten, {weights.value, 1, 2});
  Value* list =
      graph
          .insertNode(graph.createList(TensorType::get(), {by_query, graph.insert(aten::type_as, {places, by_query})}))
          ->output();
  Value* joined = graph.insert(aten::cat, {list, 1});
  return shaped(joined, {length(graph.inputs()[0], 0), any, length(joined, 1), keys});
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
