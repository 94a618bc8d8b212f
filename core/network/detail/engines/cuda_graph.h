#pragma once

#include <array>
#include <cstddef>
#include <functional>

namespace scalescope {

/// Work of a GPU that was recorded once (a CUDA graph): one call starts all its kernels, which saves the time of
/// starting them one by one. This is LibTorch's CUDAGraph, which knows LibTorch's memory. It is found by name at run
/// time, since the program is built without CUDA.
class CudaGraph {
 public:
  /// Whether this LibTorch has it. To be asked after cuda().
  [[nodiscard]] static bool available();

  /// Records what `work` does on the present stream, which must not be the default one. Results stay where they are:
  /// each replay writes them anew. @throws what `work` throws, or c10::Error if something can't be recorded.
  explicit CudaGraph(const std::function<void()>& work);
  CudaGraph(const CudaGraph&) = delete;
  CudaGraph& operator=(const CudaGraph&) = delete;
  ~CudaGraph();
  /// Starts it on the present stream.
  void replay();

 private:
  // Its size is not known here; 640 bytes in LibTorch 2.15.
  alignas(std::max_align_t) std::array<std::byte, 8192> graph_{};
};

} // namespace scalescope
