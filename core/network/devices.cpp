#include "core/network/devices.h"

#include "core/network/detail/engines/cuda.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <string_view>
#include <thread>
#include <vector>

namespace scalescope {
namespace {

// "model name : AMD EPYC" is the same for all cores.
std::string processor() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);)
    if (line.rfind("model name", 0) == 0 && line.find(": ") != std::string::npos)
      return line.substr(line.find(": ") + 2);
  return "CPU";
}

std::vector<std::string_view> precisions_of(const Cuda::Gpu& gpu) {
  std::vector<std::string_view> names;
  for (const auto& [name, precision] : enum_names<Precision>)
    if (gpu_lacks(gpu, precision).empty())
      names.push_back(name);
  return names;
}

} // namespace

std::vector<DeviceReport> list_devices() {
  const auto cores = std::thread::hardware_concurrency();
  std::vector<DeviceReport> devices{
      {"cpu", fmt::format("{}, {} core{}", processor(), cores, cores == 1 ? "" : "s"), {}}};
  for (std::size_t i = 0; i < cuda().gpus.size(); ++i) {
    const auto& gpu = cuda().gpus[i];
    devices.push_back({fmt::format("cuda:{}", i),
                       fmt::format("{}, {:.1f} GiB, {}", gpu.name, static_cast<double>(gpu.bytes) / (1u << 30),
                                   fmt::join(precisions_of(gpu), ", ")),
                       {}});
  }
  if (cuda().gpus.empty())
    devices.push_back({"cuda", {}, cuda().why_not});
  return devices;
}

} // namespace scalescope
