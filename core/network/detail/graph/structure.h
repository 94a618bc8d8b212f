#pragma once

#include "core/network/detail/graph/flat_graph.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace scalescope {

/// Shapes of values of a flat graph for one image, without the batch: filled by a run.
using ValueShapes = std::map<const torch::jit::Value*, std::vector<std::int64_t>>;

/// The values whose shapes describe() needs: what modules return, what weight operations compute,
/// sequences of tokens that are joined, and weights of attention.
[[nodiscard]] std::vector<torch::jit::Value*> values_to_measure(const FlatGraph& flat);

/// For every value of the graph the weight operations on the longest path from the input to it.
[[nodiscard]] std::map<const torch::jit::Value*, int> weight_depths(const FlatGraph& flat);

/// Facts about a network's modules from the graph alone.
struct Structure {
  std::map<std::string, std::int64_t> multiply_adds; ///< by module, what it holds included; "" is the whole network
  std::map<const torch::jit::Value*, int> depth;     ///< weight operations on the longest path to a value
  std::vector<std::string> blocks;                   ///< in the order in which they run
  std::set<const torch::jit::Value*> cuts;           ///< tensors that all data pass through
  std::set<const torch::jit::Value*> channels_last;  ///< maps whose channels are the last dimension
};
[[nodiscard]] Structure analyze_structure(const FlatGraph& flat, const ValueShapes& shapes);

} // namespace scalescope
