#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <memory>

namespace scalescope {

/// Replaces in-place operations (relu_, add_, ...) by their pure forms, so that a value never changes. Uses after the
/// operation read its result, as before. @throws Error if that is impossible: a view of the changed tensor that is not
/// a slice is read again, or a branch changes a tensor that is read after it.
void remove_in_place_operations(const std::shared_ptr<torch::jit::Graph>& graph);

} // namespace scalescope
