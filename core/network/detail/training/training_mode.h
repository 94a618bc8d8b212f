#pragma once

#include <torch/script.h>

namespace scalescope {

/// Lets train() and eval() decide over every batch norm and dropout of a network. A trace took them down as they were,
/// in evaluation: running statistics, nothing dropped.
/// @param module whose types are nobody else's, as those of rebuild_module.
void follow_training_mode(torch::jit::Module& module);

} // namespace scalescope
