#include "core/network/detail/engines/gpu_arithmetic.h"

#include <ATen/Context.h>
#include <torch/version.h>

namespace scalescope {
namespace {

std::shared_mutex& switches() {
  static std::shared_mutex the_mutex;
  return the_mutex;
}

} // namespace

GpuArithmetic::GpuArithmetic(c10::Device device, Mode mode) : mode_(mode) {
  if (!device.is_cuda())
    return;
  if (mode == Mode::Exact) { // as cuda() has set the switches
    with_others_ = std::shared_lock(switches());
    return;
  }
  alone_ = std::unique_lock(switches());
  switch_on(true);
}

GpuArithmetic::~GpuArithmetic() {
  if (alone_.owns_lock())
    switch_on(false);
}

void GpuArithmetic::switch_on(bool on) const {
  at::Context& context = at::globalContext();
  if (mode_ == Mode::Tf32) {
    context.setAllowTF32CuDNN(on);
    context.setAllowTF32CuBLAS(on);
    return;
  }
  // An operation without such an algorithm only warns.
  context.setDeterministicAlgorithms(on, /*warn_only=*/true);
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 2)
  context.setDeterministicFillUninitializedMemory(false); // nothing here reads what was not written
#endif
}

} // namespace scalescope
