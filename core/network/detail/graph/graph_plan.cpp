#include "core/network/detail/graph/graph_plan.h"

#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include <unordered_map>

namespace scalescope {
namespace {

using namespace torch::jit;

Value* insert_tap(Graph& graph, Value* value, const Wanted& wanted) {
  switch (wanted.tap) {
  case Tap::Shape:
    return graph.insert(aten::size, {value});
  case Tap::Softmax:
    return graph.insert(aten::softmax, {value, 1});
  case Tap::Pooled:
    for (const Slice& slice : wanted.slices)
      value = graph.insert(aten::slice, {value, slice.dimension, slice.first, slice.end, 1});
    return insert_pooling(graph, value, wanted.pooling);
  case Tap::Row: {
    Value* images = graph.insert(aten::size, {graph.inputs()[0], 0});
    Value* sides = graph.insertNode(graph.createList(IntType::get(), {images, graph.insertConstant(-1)}))->output();
    return graph.insert(aten::mean, {graph.insert(aten::reshape, {value, sides}), std::vector<std::int64_t>{1}, false});
  }
  case Tap::Map:
    break;
  }
  return value;
}

} // namespace

std::shared_ptr<Graph> make_plan(const FlatGraph& flat, const std::vector<Wanted>& wanted) {
  auto graph = std::make_shared<Graph>();
  std::unordered_map<const Value*, Value*> copies;
  const auto copy_of = [&](Value* value) { return copies.at(value); };
  for (Value* input : flat.graph->inputs())
    copies[input] = graph->addInput()->copyMetadata(input);
  // A straight copy; the taps stand right behind the values, so that a map is pooled and freed before the next is made.
  std::unordered_multimap<const Node*, std::size_t> taps;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    taps.emplace(wanted[i].value->node(), i);
  std::vector<Value*> outputs(wanted.size());
  for (Node* node : flat.graph->nodes()) {
    Node* copy = graph->insertNode(graph->createClone(node, copy_of));
    for (std::size_t i = 0; i < node->outputs().size(); ++i)
      copies[node->outputs()[i]] = copy->outputs()[i];
    const auto [first, last] = taps.equal_range(node);
    for (auto tap = first; tap != last; ++tap) {
      const Wanted& one = wanted[tap->second];
      outputs[tap->second] = insert_tap(*graph, copies.at(one.value), one);
    }
  }
  for (std::size_t i = 0; i < wanted.size(); ++i)
    graph->registerOutput(outputs[i] != nullptr ? outputs[i] // else it is the input itself, which no node makes
                                                : insert_tap(*graph, copies.at(wanted[i].value), wanted[i]));
  EliminateDeadCode(graph);
  return graph;
}

} // namespace scalescope
