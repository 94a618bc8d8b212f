#pragma once

#include <c10/core/Device.h>

#include <mutex>
#include <shared_mutex>

namespace scalescope {

/// How LibTorch computes on a GPU while this exists; nothing changes on the CPU. LibTorch's switches hold for the whole
/// program, so that work of another mode waits in other threads. Not to be nested.
class GpuArithmetic {
 public:
  enum class Mode {
    Exact,      ///< float32 is float32
    Tf32,       ///< factors of float32 convolutions and matrix products are rounded to 10 bits
    Repeatable, ///< exact, and by algorithms that give the same bytes each time wherever there are such
  };
  GpuArithmetic(c10::Device device, Mode mode);
  GpuArithmetic(const GpuArithmetic&) = delete;
  GpuArithmetic& operator=(const GpuArithmetic&) = delete;
  ~GpuArithmetic();

 private:
  void switch_on(bool on) const;

  Mode mode_;
  std::shared_lock<std::shared_mutex> with_others_;
  std::unique_lock<std::shared_mutex> alone_;
};

} // namespace scalescope
