#include "core/network/devices.h"
#include "app/commands/commands.h"
#include "core/network/engines.h"

#include <fmt/format.h>

namespace scalescope {
namespace {

std::string describe(const EngineReport& engine) {
  if (!engine.why_not.empty())
    return fmt::format("not available: {}", engine.why_not);
  std::string precisions;
  for (const Precision precision : engine.precisions)
    precisions += fmt::format("{}{}", precisions.empty() ? "" : " and ", text_of(precision));
  return fmt::format("{}: {} on the CPU{}", engine.version, precisions,
                     engine.facts.runs_on_gpus ? "; runs on GPUs too" : "");
}

int print_devices() {
  fmt::print("devices (--device)\n");
  for (const auto& device : list_devices())
    fmt::print("  {:<9} {}\n", device.name,
               device.why_not.empty() ? device.description : fmt::format("not available: {}", device.why_not));
  fmt::print("engines (--engine)\n");
  for (const auto& engine : list_engines())
    fmt::print("  {:<9} {}\n", text_of(engine.facts.engine), describe(engine));
  return 0;
}

} // namespace

Command add_devices_command(CLI::App& program) {
  auto* command = program.add_subcommand(
      "devices", "List the devices and engines of this machine\n"
                 "Prints the values of --device and --engine, the precisions that each engine has on this machine, and "
                 "the reason if a device or engine is not available.");
  command->footer("EXAMPLE\n    scalescope-cli devices");
  return print_devices;
}

} // namespace scalescope
