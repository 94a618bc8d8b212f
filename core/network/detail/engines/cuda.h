#pragma once

#include "core/network/engines.h"

#include <cstdint>
#include <string>
#include <vector>

namespace scalescope {

/// The CUDA GPUs that LibTorch can use, in its order (cuda:0, cuda:1, ...), or why there are none.
struct Cuda {
  struct Gpu {
    std::string name;
    std::uint64_t bytes = 0; ///< of memory
    int generation = 0;      ///< its compute capability, 90 for 9.0
  };
  std::vector<Gpu> gpus;
  std::string why_not; ///< why there are none: no CUDA part, one that does not load, no driver, no GPU; else ""
};

/// Checks once, at the first call. This call must come before any other question to LibTorch about CUDA: the program is
/// linked only to LibTorch's CPU part, and LibTorch remembers its answer without the CUDA part.
const Cuda& cuda();

/// Why a GPU can't compute with that precision; "" if it can.
[[nodiscard]] std::string gpu_lacks(const Cuda::Gpu& gpu, Precision precision);

} // namespace scalescope
