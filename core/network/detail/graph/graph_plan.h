#pragma once

#include "core/network/detail/graph/flat_graph.h"
#include "core/network/detail/graph/pooling.h"

#include <memory>
#include <vector>

namespace scalescope {

/// The form in which a plan returns a value.
/// Row: one number for each image, which is not finite if one of the image's values is not.
enum class Tap { Pooled, Map, Shape, Softmax, Row };

/// A part of a value along one dimension: positions first .. end - 1.
struct Slice {
  std::int64_t dimension = 0;
  std::int64_t first = 0;
  std::int64_t end = 0;
};

/// One output of a plan: a value of the flat graph, and its form.
struct Wanted {
  torch::jit::Value* value = nullptr;
  Tap tap = Tap::Map;
  Pooling pooling = {};
  std::vector<Slice> slices = {}; ///< what of the value is pooled; empty: all
};

/// A copy of the flat graph that computes only the requested values; everything after the deepest one is removed. Its
/// outputs are the requested ones, in order.
[[nodiscard]] std::shared_ptr<torch::jit::Graph> make_plan(const FlatGraph& flat, const std::vector<Wanted>& wanted);

} // namespace scalescope
