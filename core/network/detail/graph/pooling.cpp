#include "core/network/detail/graph/pooling.h"

#include <limits>

namespace scalescope {

using namespace torch::jit;

Pooling pooling_of(const Layer& layer, Tokens tokens) {
  Pooling pooling{.positions = layer.pooled_axes()};
  if (!layer.tokens.known() || tokens == Tokens::All)
    return pooling;
  pooling.skipped = layer.tokens.first;
  pooling.class_token = layer.tokens.class_token && tokens != Tokens::Mean;
  pooling.mean = !pooling.class_token || tokens == Tokens::Both;
  return pooling;
}

Value* insert_pooling(Graph& graph, Value* output, const Pooling& pooling) {
  Value* mean = output;
  if (pooling.mean && pooling.skipped > 0)
    mean = graph.insert(aten::slice, {mean, 1, pooling.skipped, std::numeric_limits<std::int64_t>::max(), 1});
  if (pooling.mean && !pooling.positions.empty())
    mean = graph.insert(aten::mean, {mean, pooling.positions, false});
  if (!pooling.class_token)
    return mean;
  Value* first = graph.insert(aten::select, {output, 1, 0});
  if (!pooling.mean)
    return first;
  Value* parts = graph.insertNode(graph.createList(c10::TensorType::get(), {first, mean}))->output();
  return graph.insert(aten::cat, {parts, 1});
}

} // namespace scalescope
