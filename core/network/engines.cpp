#include "core/network/engines.h"

#include "core/network/detail/engines/engine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace scalescope {

// Each stands with its engine in detail/engines; who needs one goes through the list.
extern const EngineBackend openvino_backend;
extern const EngineBackend libtorch_backend;

std::span<const EngineBackend* const> engine_backends() {
  static constexpr std::array all{&openvino_backend, &libtorch_backend};
  return all;
}

std::string needs_gpu(Precision precision) {
  const bool on_cpus = precision == Precision::Float32 || precision == Precision::BFloat16;
  return on_cpus ? std::string() : fmt::format("{} is for GPUs only", text_of(precision));
}

std::vector<EngineFacts> known_engines() {
  std::vector<EngineFacts> all;
  for (const EngineBackend* backend : engine_backends())
    all.push_back(backend->facts);
  return all;
}

const char* engine_name(Engine engine) {
  const auto found = std::ranges::find_if(
      engine_backends(), [&](const EngineBackend* backend) { return backend->facts.engine == engine; });
  return found == engine_backends().end() ? "" : (*found)->facts.name;
}

std::vector<EngineReport> list_engines() {
  std::vector<EngineReport> reports;
  for (const EngineBackend* backend : engine_backends()) {
    EngineReport& report = reports.emplace_back(
        EngineReport{backend->facts, backend->version(), {}, backend->unavailable(Precision::Float32)});
    for (const auto& [name, precision] : enum_names<Precision>)
      if (backend->unavailable(precision).empty())
        report.precisions.push_back(precision);
  }
  return reports;
}

std::string engine_versions() {
  std::vector<std::string> versions;
  for (const EngineBackend* backend : engine_backends()) {
    const std::string version = backend->version();
    versions.push_back(version.empty() ? fmt::format("without {}", backend->facts.name) : version);
  }
  std::ranges::reverse(versions); // first the one that is always there
  return fmt::format("{}", fmt::join(versions, ", "));
}

} // namespace scalescope
