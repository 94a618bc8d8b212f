#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <memory>

namespace scalescope {

/// Replaces operations in place (relu_, add_, ...) by their pure forms, so that a value keeps what its node computed.
/// Uses after the operation see its result, as they did before. @throws Error where that is impossible: a view of the
/// changed tensor that is no slice is read again, or a branch changes what is read behind it.
void remove_in_place_operations(const std::shared_ptr<torch::jit::Graph>& graph);

} // namespace scalescope
