#include "core/network/detail/graph/structure.h"

#include "core/network/detail/graph/attention.h"
#include "core/network/detail/graph/blocks.h"
#include "core/network/detail/graph/operations.h"
#include "core/network/detail/graph/token_forms.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace scalescope {
namespace {

using namespace torch::jit;

// The left factor of a linear operation.
template <typename NodeOrConst>
auto* multiplied(NodeOrConst* node) {
  return node->input(node->kind() == aten::addmm ? 1 : 0);
}

// "a.b.c" -> "a.b.c", "a.b", "a", "".
std::vector<std::string> with_ancestors(std::string name) {
  std::vector<std::string> all{name};
  while (!name.empty()) {
    const auto dot = name.rfind('.');
    name = dot == std::string::npos ? std::string() : name.substr(0, dot);
    all.push_back(name);
  }
  return all;
}

// The nodes that compute something that the network's output needs.
std::unordered_set<const Node*> find_needed(const Graph& graph) {
  std::unordered_set<const Node*> leads_to_output;
  std::vector<const Value*> open(graph.outputs().begin(), graph.outputs().end());
  while (!open.empty()) {
    const Node* node = open.back()->node();
    open.pop_back();
    if (node->kind() != prim::Param && leads_to_output.insert(node).second)
      for (const Value* value : data_inputs(node))
        open.push_back(value);
  }
  return leads_to_output;
}

// The tensors that all data pass through: no path from the input to the output bypasses them.
std::set<const Value*> find_cuts(const Graph& graph, const std::unordered_set<const Node*>& leads_to_output) {
  // How many more nodes on the way to the output will read a tensor.
  std::unordered_map<const Value*, int> readers;
  for (const Node* node : graph.nodes())
    if (leads_to_output.count(node) != 0)
      for (const Value* value : data_inputs(node))
        ++readers[value];
  for (const Value* value : graph.outputs())
    ++readers[value];

  std::set<const Value*> cuts;
  std::unordered_set<const Value*> live(graph.inputs().begin(), graph.inputs().end());
  for (const Node* node : graph.nodes()) {
    if (leads_to_output.count(node) == 0)
      continue;
    for (const Value* value : data_inputs(node))
      if (--readers[value] == 0)
        live.erase(value);
    for (const Value* value : node->outputs())
      if (carries_data(value) && readers.count(value) != 0)
        live.insert(value);
    if (live.size() == 1 && *live.begin() == node->outputs()[0])
      cuts.insert(node->outputs()[0]);
  }
  return cuts;
}

// Multiply-adds for one element of a weight operation's output.
std::int64_t multiply_adds_per_element(const Node* node, const ValueShapes& shapes) {
  if (is_convolution(node)) {
    const auto weight = toIValue(node->input(1));
    if (!weight || !weight->isTensor())
      return 0; // computed weights: not known here
    const auto& tensor = weight->toTensor();
    return tensor.numel() / std::max<std::int64_t>(1, tensor.size(0));
  }
  // linear(x, weight), matmul(x, y), addmm(bias, x, weight): the inner dimension is the last of x.
  const auto shape = shapes.find(multiplied(node));
  return shape == shapes.end() || shape->second.empty() ? 0 : shape->second.back();
}

// Whether a node's output of four dimensions has its channels last (N x H x W x C), as linear layers and layer norms in
// convolutional networks want it (ConvNeXt, Swin).
bool makes_channels_last(const Node* node, const std::set<const Value*>& channels_last, const ValueShapes& shapes) {
  static const std::set<std::string> other_layout = {
      "aten::view",       "aten::reshape",   "aten::flatten", "aten::unflatten",
      "aten::unsqueeze",  "aten::transpose", "aten::mean",    "aten::adaptive_avg_pool2d",
      "aten::batch_norm", "aten::group_norm"};
  if (node->kind() == aten::permute)
    if (const auto order = toIValue(node->input(1)); order && order->isIntList()) {
      const auto dims = order->toIntVector();
      if (dims == std::vector<std::int64_t>{0, 2, 3, 1})
        return true;
      if (dims == std::vector<std::int64_t>{0, 3, 1, 2})
        return false;
    }
  if (is_linear(node) || node->kind() == aten::layer_norm) {
    // It tells nothing for a vector (the gate of squeeze-and-excitation) or for a norm over the whole map.
    const auto shape = shapes.find(node->output());
    const auto normalised = node->kind() == aten::layer_norm ? toIValue(node->input(1)) : toIValue(node->output());
    const bool whole_map = normalised && normalised->isIntList() && normalised->toIntVector().size() > 1;
    return shape != shapes.end() && shape->second.size() == 3 && !whole_map;
  }
  if (is_convolution(node) || other_layout.count(node->kind().toQualString()) != 0)
    return false;
  const auto inputs = data_inputs(node);
  return std::any_of(inputs.begin(), inputs.end(), [&](const Value* value) { return channels_last.count(value) != 0; });
}

} // namespace

std::vector<Value*> values_to_measure(const FlatGraph& flat) {
  std::vector<Value*> values;
  for (const ModuleOutput& output : flat.outputs)
    values.push_back(output.value);
  for (Node* node : flat.graph->nodes()) {
    if (!is_weight_operation(node) && node->kind() != aten::layer_norm)
      continue;
    values.push_back(node->output());
    if (is_linear(node))
      values.push_back(multiplied(node));
  }
  for (Value* joined : joined_sequences(flat))
    values.push_back(joined);
  for (const AttentionWeights& weights : find_attention(flat))
    values.push_back(weights.value);
  values.insert(values.end(), flat.graph->outputs().begin(), flat.graph->outputs().end());
  std::set<Value*> seen;
  values.erase(std::remove_if(values.begin(), values.end(), [&](Value* v) { return !seen.insert(v).second; }),
               values.end());
  return values;
}

std::map<const Value*, int> weight_depths(const FlatGraph& flat) {
  std::map<const Value*, int> depths;
  for (const Value* input : flat.graph->inputs())
    depths[input] = 0;
  for (const Node* node : flat.graph->nodes()) {
    int depth = 0;
    for (const Value* value : data_inputs(node))
      depth = std::max(depth, depths[value]);
    for (const Value* value : node->outputs())
      depths[value] = depth + (is_weight_operation(node) ? 1 : 0);
  }
  return depths;
}

Structure analyze_structure(const FlatGraph& flat, const ValueShapes& shapes) {
  Structure structure;
  structure.depth = weight_depths(flat);
  ModuleFacts facts;
  const auto elements = [&](const Value* value) {
    const auto shape = shapes.find(value);
    std::int64_t count = shape == shapes.end() ? 0 : 1;
    if (shape != shapes.end())
      for (const auto side : shape->second)
        count *= side;
    return count;
  };

  for (const Node* node : flat.graph->nodes()) {
    if (is_weight_operation(node)) {
      const std::int64_t per_output = multiply_adds_per_element(node, shapes);
      for (const auto& module : with_ancestors(module_of(node))) {
        structure.multiply_adds[module] += per_output * elements(node->output());
        ++facts.weight_operations[module];
      }
    }
    if (is_merge(node))
      for (const auto& module : with_ancestors(module_of(node)))
        facts.merging.insert(module);
    if (node->kind() == aten::avg_pool2d || node->kind() == aten::max_pool2d)
      for (const auto& module : with_ancestors(module_of(node)))
        facts.pooling.insert(module);
    const bool channels_last = makes_channels_last(node, structure.channels_last, shapes);
    if (channels_last)
      structure.channels_last.insert(node->outputs().begin(), node->outputs().end());
  }

  facts.needed = find_needed(*flat.graph);
  structure.cuts = find_cuts(*flat.graph, facts.needed);
  structure.blocks = find_blocks(flat, shapes, structure.cuts, facts);
  return structure;
}

} // namespace scalescope
