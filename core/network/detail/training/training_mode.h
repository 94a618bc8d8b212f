#pragma once

#include <torch/script.h>

namespace scalescope {

/// Makes train() and eval() switch every batch norm and dropout of a network. A trace has recorded them in evaluation
/// mode: running statistics, no dropout.
/// @param module whose types are nobody else's, as those of rebuild_module.
void follow_training_mode(torch::jit::Module& module);

} // namespace scalescope
