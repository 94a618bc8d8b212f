#pragma once

#include "core/network/detail/graph/flat_graph.h"
#include "core/network/network.h"

#include <ATen/core/Tensor.h>

namespace scalescope {

/// A batch, N x 3 x height x width, as a network takes it. The three channels are the same for a network of one.
[[nodiscard]] at::Tensor as_taken(const at::Tensor& batch, const InputForm& form);

/// Lets a flat graph that takes images of that form take N x 3 x height x width. Where the network itself puts channels
/// that come last in front, neither is done.
void adapt_input(FlatGraph& flat, const InputForm& form);

} // namespace scalescope
