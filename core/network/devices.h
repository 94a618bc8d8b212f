#pragma once

#include <string>
#include <vector>

namespace scalescope {

/// A device for networks, or the reason why it is not available.
struct DeviceReport {
  std::string name;        ///< as RunOptions::device takes it: "cpu", "cuda:0"; "cuda" where there is no GPU
  std::string description; ///< processor and cores, or GPU and memory
  std::string why_not;     ///< why it can't be used; "" if it can
};

/// The CPU, then each CUDA GPU, or one entry "cuda" that says why there is none.
[[nodiscard]] std::vector<DeviceReport> list_devices();

} // namespace scalescope
