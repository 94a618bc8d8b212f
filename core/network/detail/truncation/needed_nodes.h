#pragma once

#include <torch/csrc/jit/ir/ir.h>

namespace scalescope {

/// Removes every node at the top of a graph that its outputs do not depend on, calls of modules too: a call counts as
/// needed if what it returns is used, or if it changes a tensor in place that is read later. (torch's own
/// EliminateDeadCode keeps all calls and all operations in place.) It looks into what is called, so nothing need be
/// inlined. Views are taken for tensors of their own: flatten() has refused networks where that matters.
void remove_unneeded_nodes(torch::jit::Graph& graph);

} // namespace scalescope
