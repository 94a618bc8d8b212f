#pragma once

#include "core/network/detail/checkpoint/state_dict.h"

#include <string>

namespace scalescope::checkpoint {

/// Tensors as the bytes of a .safetensors file, in their order and with their types. @param tensors on the CPU,
/// contiguous. @throws Error for a type that the format does not have.
[[nodiscard]] std::string write_safetensors(const StateDict& tensors);

} // namespace scalescope::checkpoint
