#pragma once
// LibTorch plans by how they were prepared, without torch's headers: these can't meet Qt's.

#include "core/network/network.h"

#include <span>
#include <string>
#include <vector>

namespace preparations {

enum class Way { Reference, OneDnn, Accelerator, AcceleratorBFloat16 };

/// The maps of those modules of a built-in architecture with random weights, prepared that way for the CPU.
/// @param images n x 3 x side x side.
std::vector<scalescope::Activation> run(const std::string& architecture, const std::vector<std::string>& modules,
                                        Way way, std::span<const float> images, int n, int side);

/// Why this processor can't compute in bfloat16; "" if it can.
std::string bfloat16_unavailable();

} // namespace preparations
