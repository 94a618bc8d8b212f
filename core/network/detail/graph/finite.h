#pragma once

#include "core/network/detail/graph/flat_graph.h"

#include <string>
#include <vector>

namespace scalescope {

/// @throws Error if a constant of the code holds NaN, if one that an operation takes as its weight is infinite, or if
/// the variance of a batch norm is negative: what follows would be NaN. It names the module.
void check_constants_finite(const FlatGraph& flat);

/// A value that may not be finite, in front of an operation that would hide this: a ReLU can make 0 of NaN.
struct Hidden {
  torch::jit::Value* value = nullptr;
  std::string module; ///< of the operation behind it
};

/// Those on the way to some values. None in most networks: it takes an operation that makes NaN of finite numbers, such
/// as a logarithm or a quotient.
[[nodiscard]] std::vector<Hidden> hidden_values(const FlatGraph& flat, const std::vector<torch::jit::Value*>& wanted);

} // namespace scalescope
