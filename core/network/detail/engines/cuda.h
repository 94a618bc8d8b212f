#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace scalescope {

/// The CUDA GPUs that LibTorch can use, in its order (cuda:0, cuda:1, ...), or why there are none.
struct Cuda {
  struct Gpu {
    std::string name;
    std::uint64_t bytes = 0; ///< of memory
  };
  std::vector<Gpu> gpus;
  std::string missing; ///< why there are none: no CUDA part, one that does not load, no driver, no GPU; else ""
};

/// Looks once, at the first call, which must come before anything else asks LibTorch about CUDA: the program is linked
/// to LibTorch's CPU part only, and LibTorch remembers the answer that it gave without its CUDA part.
const Cuda& cuda();

} // namespace scalescope
