#pragma once

#include <ATen/autocast_mode.h>
#include <torch/version.h>

namespace scalescope {

/// While it exists, LibTorch computes convolutions and linear layers in a shorter format (bfloat16, float16) on that
/// kind of device, and sensitive operations in float32, like torch.autocast. LibTorch 2.4 renamed the functions; this
/// class hides that.
class Autocast {
 public:
  Autocast(c10::DeviceType device, c10::ScalarType type) : device_(device), type_(type) { enable(true); }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;
  ~Autocast() {
    enable(false);
    at::autocast::clear_cache();
  }

 private:
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
  void enable(bool on) const {
    at::autocast::set_autocast_dtype(device_, type_);
    at::autocast::set_autocast_enabled(device_, on);
  }
#else
  void enable(bool on) const {
    if (device_ == c10::kCUDA) {
      at::autocast::set_autocast_gpu_dtype(type_);
      at::autocast::set_enabled(on);
    } else {
      at::autocast::set_autocast_cpu_dtype(type_);
      at::autocast::set_cpu_enabled(on);
    }
  }
#endif

  c10::DeviceType device_;
  c10::ScalarType type_;
};

} // namespace scalescope
