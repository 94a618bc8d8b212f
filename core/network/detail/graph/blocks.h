#pragma once

#include "core/network/detail/graph/structure.h"

#include <map>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

namespace scalescope {

/// What modules contain, including their submodules, and which nodes count.
struct ModuleFacts {
  std::unordered_set<const torch::jit::Node*> needed; ///< nodes that lead to the network's output
  std::map<std::string, int> weight_operations;       ///< how many; modules without any are not listed
  std::set<std::string> merging;                      ///< those in which paths join
  std::set<std::string> pooling;                      ///< those that pool over windows
};

/// The blocks of a network, in the order in which they run: the layers that an analysis reads by default. Residual
/// blocks, Inception's mixed blocks, dense blocks and the transitions between them, transformer blocks, the
/// convolutions of a plain chain (VGG), the cells of a network with parallel paths throughout (NASNet, HRNet), and the
/// last map before the pooling.
/// @param cuts tensors that all data pass through
[[nodiscard]] std::vector<std::string> find_blocks(const FlatGraph& flat, const ValueShapes& shapes,
                                                   const std::set<const torch::jit::Value*>& cuts,
                                                   const ModuleFacts& facts);

} // namespace scalescope
