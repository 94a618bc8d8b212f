#include "core/network/detail/engines/cuda.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/cuda.h>

#include <dlfcn.h>
#include <filesystem>

namespace scalescope {
namespace {

template <typename Function>
Function* find(void* library, const char* name) {
  return reinterpret_cast<Function*>(dlsym(library, name));
}

// Beside the CPU part, wherever that was found: dlopen's own search knows nothing of the program's RUNPATH under a
// sanitizer.
std::filesystem::path cuda_part() {
  Dl_info where{};
  if (dladdr(reinterpret_cast<const void*>(&at::get_num_threads), &where) == 0)
    return {};
  return std::filesystem::path(where.dli_fname).replace_filename("libtorch_cuda.so");
}

// The error of NVIDIA's runtime when it counts GPUs, if any. LibTorch would only print it.
std::string runtime_error(void* cuda_library) {
  auto* const count_gpus = find<int(int*)>(cuda_library, "cudaGetDeviceCount");
  auto* const describe = find<const char*(int)>(cuda_library, "cudaGetErrorString");
  int count = 0;
  const int status = count_gpus != nullptr && describe != nullptr ? count_gpus(&count) : 0;
  return status == 0 ? std::string() : fmt::format("CUDA says: {}", describe(status));
}

// From the driver, whose interface is the same in all versions; LibTorch's own needs CUDA's headers.
Cuda::Gpu describe(void* driver, int index) {
  Cuda::Gpu gpu{"NVIDIA GPU", 0};
  auto* const name_of = find<int(char*, int, int)>(driver, "cuDeviceGetName");
  auto* const attribute_of = find<int(int*, int, int)>(driver, "cuDeviceGetAttribute");
  auto* const memory_of = find<int(std::size_t*, int)>(driver, "cuDeviceTotalMem_v2");
  char name[256] = {};
  std::size_t bytes = 0;
  if (name_of != nullptr && name_of(name, sizeof name, index) == 0)
    gpu.name = name;
  if (memory_of != nullptr && memory_of(&bytes, index) == 0)
    gpu.bytes = bytes;
  constexpr int of_major = 75; // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
  constexpr int of_minor = 76;
  int major = 0;
  int minor = 0;
  if (attribute_of != nullptr && attribute_of(&major, of_major, index) == 0 &&
      attribute_of(&minor, of_minor, index) == 0)
    gpu.generation = 10 * major + minor;
  return gpu;
}

Cuda look() {
  const auto file = cuda_part();
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored))
    return {{}, "this LibTorch was built without CUDA"};
  void* const library = dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL); // for as long as the program runs
  if (library == nullptr)
    return {{}, fmt::format("LibTorch's CUDA part did not load: {}", dlerror())};
  void* const driver = dlopen("libcuda.so.1", RTLD_NOW);
  if (driver == nullptr)
    return {{}, "no NVIDIA driver is installed (libcuda.so.1 is missing)"};
  if (const std::string error = runtime_error(library); !error.empty())
    return {{}, error};
  Cuda found;
  for (int i = 0; i < static_cast<int>(torch::cuda::device_count()); ++i)
    found.gpus.push_back(describe(driver, i));
  if (found.gpus.empty())
    found.why_not = "LibTorch sees no CUDA GPU";
  else // by default, cuDNN's float32 convolutions round to 10 bits; GpuArithmetic allows it where it is asked for
    at::globalContext().setAllowTF32CuDNN(false);
  // So that an image has the same features each time; forward passes lose no speed by it.
  at::globalContext().setDeterministicCuDNN(true);
  return found;
}

} // namespace

std::string gpu_lacks(const Cuda::Gpu& gpu, Precision precision) {
  constexpr int ampere = 80;
  if (gpu.generation >= ampere || (precision != Precision::BFloat16 && precision != Precision::Tf32))
    return {};
  return fmt::format("{} has no {}, which GPUs have from compute capability 8.0 (Ampere, 2020)", gpu.name,
                     text_of(precision));
}

const Cuda& cuda() {
  static const Cuda found = look();
  return found;
}

} // namespace scalescope
