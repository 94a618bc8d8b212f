#pragma once
// Common parts of the tests of networks.

#include "core/network/network.h"
#include "tests/support/support.h"

#include <sys/resource.h>

#include <cstdint>
#include <vector>

/// How much more memory the program has had at a time, in MiB, since this was made.
class MemoryPeak {
 public:
  /// What a broken file may make it; AddressSanitizer keeps what was freed.
#ifdef __SANITIZE_ADDRESS__
  static constexpr long most = 1500;
#else
  static constexpr long most = 500;
#endif
  [[nodiscard]] long grown() const { return now() - before_; }

 private:
  [[nodiscard]] static long now() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return used.ru_maxrss / 1024;
  }
  long before_ = now();
};

/// The same pixels each time, from -1 to 1: n x 3 x side x side.
inline std::vector<float> noise(int n, int side) {
  std::vector<float> values(static_cast<std::size_t>(n) * 3 * side * side);
  std::uint32_t state = 1;
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(state >> 8) / 8388608.0f - 1;
  }
  return values;
}

/// A built-in architecture with weights that are drawn.
inline scalescope::ModelSource drawn(const char* architecture) {
  scalescope::ModelSource source;
  source.architecture = architecture;
  source.random_weights = true;
  return source;
}

/// Whether this build, or this machine, has no OpenVINO.
inline bool no_openvino() {
  scalescope::RunOptions options;
  options.engine = scalescope::Engine::OpenVino;
  return !error_text([&] { (void)scalescope::Network::open(drawn("resnet18"), options); }).isEmpty();
}
