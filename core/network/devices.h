#pragma once

#include "core/network/network.h"

#include <string>
#include <vector>

namespace scalescope {

/// A device for networks, or the reason why it is not available.
struct DeviceReport {
  std::string name;        ///< as RunOptions::device takes it: "cpu", "cuda:0"; "cuda" where there is no GPU
  std::string description; ///< processor and cores, or GPU and memory
  std::string missing;     ///< why it can't be used; "" if it can
};

/// An engine, and its precisions on this machine.
struct EngineReport {
  Engine engine = Engine::LibTorch;
  std::string version;               ///< "OpenVINO 2026.4.1"; "" where it is not built in
  std::vector<Precision> precisions; ///< on this machine's CPU
  std::string missing;               ///< why it can't be used; "" if it can
};

/// The CPU, then each CUDA GPU, or one entry "cuda" that says why there is none.
[[nodiscard]] std::vector<DeviceReport> list_devices();
[[nodiscard]] std::vector<EngineReport> list_engines();
/// "LibTorch 1.13.1, OpenVINO 2026.4.1", or "..., without OpenVINO".
[[nodiscard]] std::string engine_versions();

} // namespace scalescope
