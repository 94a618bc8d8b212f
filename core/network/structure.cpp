#include "core/network/structure.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace scalescope {
namespace {

using namespace torch::jit;

bool is_convolution(const Node* node) {
  static const std::set<std::string> names = {"aten::_convolution", "aten::convolution", "aten::conv1d", "aten::conv2d",
                                              "aten::conv3d"};
  return names.count(node->kind().toQualString()) != 0;
}

bool is_linear(const Node* node) {
  static const std::set<std::string> names = {"aten::linear", "aten::addmm", "aten::matmul", "aten::mm", "aten::bmm"};
  return names.count(node->kind().toQualString()) != 0;
}

// The left factor of a linear operation.
template <typename NodeOrConst>
auto* multiplied(NodeOrConst* node) {
  return node->input(node->kind() == aten::addmm ? 1 : 0);
}

bool is_weight_operation(const Node* node) { return is_convolution(node) || is_linear(node); }

// What may follow a convolution without making another feature map of it.
bool is_normalisation_or_activation(const Node* node) {
  static const std::set<std::string> names = {
      "aten::batch_norm", "aten::layer_norm", "aten::group_norm", "aten::instance_norm", "aten::relu",
      "aten::relu6",      "aten::hardtanh",   "aten::silu",       "aten::gelu",          "aten::hardswish",
      "aten::elu",        "aten::leaky_relu", "aten::mish",       "aten::sigmoid",       "aten::tanh"};
  return names.count(node->kind().toQualString()) != 0;
}

bool carries_data(const Value* value) {
  if (value->node()->kind() == prim::Constant)
    return false;
  const auto type = value->type();
  const auto list = type->cast<ListType>();
  return type->isSubtypeOf(*TensorType::get()) || (list && list->getElementType()->isSubtypeOf(*TensorType::get()));
}

void collect_inputs(const Node* node, std::vector<const Value*>& into) {
  into.insert(into.end(), node->inputs().begin(), node->inputs().end());
  for (const Block* block : node->blocks()) {
    for (const Node* inner : block->nodes())
      collect_inputs(inner, into);
    collect_inputs(block->return_node(), into);
  }
}

// The tensors that a node reads, branches inside it included.
std::vector<const Value*> data_inputs(const Node* node) {
  std::vector<const Value*> all;
  collect_inputs(node, all);
  std::vector<const Value*> data;
  for (const Value* value : all)
    if (carries_data(value) && value->node()->owningBlock() == node->owningBlock())
      data.push_back(value);
  return data;
}

// Whether a node joins several paths: a residual addition, a concatenation, a gate.
bool is_merge(const Node* node) {
  static const std::set<std::string> names = {"aten::add", "aten::cat", "aten::mul", "aten::concat"};
  if (names.count(node->kind().toQualString()) == 0)
    return false;
  std::set<const Value*> joined;
  for (const Value* value : data_inputs(node)) {
    if (value->node()->kind() == prim::ListConstruct)
      for (const Value* element : data_inputs(value->node()))
        joined.insert(element);
    else
      joined.insert(value);
  }
  return joined.size() > 1;
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

bool holds(const std::string& module, const std::string& other) { return other.rfind(module + ".", 0) == 0; }

// The tensors through which everything flows: no path from the input to the output goes around them.
std::set<const Value*> find_cuts(const FlatGraph& flat) {
  const Graph& graph = *flat.graph;
  std::unordered_set<const Node*> leads_to_output;
  std::vector<const Value*> open(graph.outputs().begin(), graph.outputs().end());
  while (!open.empty()) {
    const Node* node = open.back()->node();
    open.pop_back();
    if (node->kind() != prim::Param && leads_to_output.insert(node).second)
      for (const Value* value : data_inputs(node))
        open.push_back(value);
  }
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
      if (carries_data(value))
        live.insert(value);
    if (live.size() == 1 && *live.begin() == node->outputs()[0])
      cuts.insert(node->outputs()[0]);
  }
  return cuts;
}

// A module whose output is a feature map that everything flows through, in the order in which the modules return.
struct Candidate {
  std::string module;
  const Value* value;
};

// The rule for blocks. A block is a module that (1) returns a feature map (C x H x W) through which everything flows,
// and (2) holds several weight operations or a merge of paths. Of nested modules that return the same map the outermost
// counts; a module that holds blocks with other outputs is not one itself. A module that is called several times has no
// one output and is never a block.
std::vector<Candidate> find_blocks(const std::vector<Candidate>& candidates,
                                   const std::map<std::string, int>& weight_operations,
                                   const std::set<std::string>& merging) {
  std::vector<Candidate> found;
  for (const auto& candidate : candidates) {
    if (candidate.value->node()->kind() == aten::mul)
      continue; // a gate inside a block (squeeze-and-excitation)
    const auto weights = weight_operations.find(candidate.module);
    if ((weights != weight_operations.end() && weights->second > 1) || merging.count(candidate.module) != 0)
      found.push_back(candidate);
  }
  std::vector<Candidate> blocks;
  for (const auto& one : found) {
    const bool is_stage = std::any_of(found.begin(), found.end(), [&](const Candidate& other) {
      return holds(one.module, other.module) && other.value != one.value;
    });
    const bool is_inner = std::any_of(found.begin(), found.end(), [&](const Candidate& other) {
      return holds(other.module, one.module) && other.value == one.value &&
             std::none_of(found.begin(), found.end(), [&](const Candidate& third) {
               return holds(other.module, third.module) && third.value != other.value;
             });
    });
    if (!is_stage && !is_inner)
      blocks.push_back(one);
  }
  return blocks;
}

// Without blocks (VGG): of every convolution that everything flows through, the last layer before the next operation
// that is neither a normalisation nor an activation.
std::vector<Candidate> find_chains(const std::vector<Candidate>& candidates) {
  std::vector<Candidate> chains;
  const Value* chain = nullptr; // what the current chain's last layer returned
  for (const auto& candidate : candidates) {
    const Node* node = candidate.value->node();
    if (is_convolution(node)) {
      chains.push_back(candidate);
      chain = candidate.value;
    } else if (chain != nullptr && is_normalisation_or_activation(node) && node->input(0) == chain) {
      chains.back() = candidate;
      chain = candidate.value;
    }
  }
  return chains;
}

// The last feature map before pooling, if no block returns it: what the last convolution's normalisation and activation
// (where they have a name of their own) make of it.
std::optional<Candidate> find_last_map(const FlatGraph& flat, const std::vector<Candidate>& candidates,
                                       const std::vector<Candidate>& blocks) {
  const Node* last_convolution = nullptr;
  for (const Node* node : flat.graph->nodes())
    if (is_convolution(node))
      last_convolution = node;
  std::optional<Candidate> last;
  for (const auto& candidate : candidates) {
    const Node* node = candidate.value->node();
    if (last_convolution == nullptr || node->isBefore(last_convolution) ||
        !(is_convolution(node) || is_normalisation_or_activation(node) || is_merge(node)))
      continue;
    // A module around it may return the same map: then its name is the better one, unless it holds all the blocks.
    if (!last || candidate.value != last->value ||
        std::none_of(blocks.begin(), blocks.end(),
                     [&](const Candidate& block) { return holds(candidate.module, block.module); }))
      last = candidate;
  }
  if (last && std::any_of(blocks.begin(), blocks.end(), [&](const Candidate& b) { return b.value == last->value; }))
    last.reset();
  return last;
}

// Multiply-adds for one element of a weight operation's output.
std::int64_t multiply_adds_per_element(const Node* node, const Shapes& shapes) {
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
bool makes_channels_last(const Node* node, const std::set<const Value*>& channels_last, const Shapes& shapes) {
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
    // Of a vector it says nothing (the gate of squeeze-and-excitation), nor does a norm over the whole map.
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
  values.push_back(flat.graph->outputs()[0]);
  std::set<Value*> seen;
  values.erase(std::remove_if(values.begin(), values.end(), [&](Value* v) { return !seen.insert(v).second; }),
               values.end());
  return values;
}

Structure analyse_structure(const FlatGraph& flat, const Shapes& shapes) {
  Structure structure;
  std::map<std::string, int> weight_operations;
  std::set<std::string> merging;
  const auto elements = [&](const Value* value) {
    const auto shape = shapes.find(value);
    std::int64_t count = shape == shapes.end() ? 0 : 1;
    if (shape != shapes.end())
      for (const auto side : shape->second)
        count *= side;
    return count;
  };

  for (const Node* node : flat.graph->nodes()) {
    int depth = 0;
    for (const Value* value : data_inputs(node))
      depth = std::max(depth, structure.depth[value]);
    if (is_weight_operation(node)) {
      ++depth;
      const std::int64_t per_output = multiply_adds_per_element(node, shapes);
      for (const auto& module : with_ancestors(module_of(node))) {
        structure.multiply_adds[module] += per_output * elements(node->output());
        ++weight_operations[module];
      }
    }
    if (is_merge(node))
      for (const auto& module : with_ancestors(module_of(node)))
        merging.insert(module);
    const bool channels_last = makes_channels_last(node, structure.channels_last, shapes);
    for (const Value* value : node->outputs()) {
      structure.depth[value] = depth;
      if (channels_last)
        structure.channels_last.insert(value);
    }
  }

  structure.cuts = find_cuts(flat);
  std::vector<Candidate> candidates;
  for (const ModuleOutput& output : flat.outputs) {
    const auto shape = shapes.find(output.value);
    if (output.calls == 1 && shape != shapes.end() && shape->second.size() == 3 &&
        structure.cuts.count(output.value) != 0)
      candidates.push_back({output.module, output.value});
  }
  auto blocks = find_blocks(candidates, weight_operations, merging);
  if (blocks.size() < 3) {
    const auto chains = find_chains(candidates);
    if (chains.size() > blocks.size())
      blocks = chains;
  }
  if (const auto last = find_last_map(flat, candidates, blocks))
    blocks.push_back(*last);
  std::stable_sort(blocks.begin(), blocks.end(),
                   [](const Candidate& a, const Candidate& b) { return a.value->node()->isBefore(b.value->node()); });
  for (const auto& block : blocks)
    structure.blocks.push_back(block.module);
  return structure;
}

} // namespace scalescope
