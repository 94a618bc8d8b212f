#pragma once

#include <CLI/CLI.hpp>

#include <functional>

namespace scalescope {

/// A command of scalescope-cli: adds itself to the program and returns what runs when it was given. The run's value is
/// the exit code.
using Command = std::function<int()>;

Command add_layers_command(CLI::App& program);
Command add_analyze_command(CLI::App& program);
Command add_transfer_command(CLI::App& program);
Command add_experiment_command(CLI::App& program);
Command add_compare_command(CLI::App& program);
Command add_bench_command(CLI::App& program);
Command add_scenes_command(CLI::App& program);
Command add_cache_command(CLI::App& program);
Command add_devices_command(CLI::App& program);
Command add_prune_command(CLI::App& program);
Command add_demo_command(CLI::App& program);

} // namespace scalescope
