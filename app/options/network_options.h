#pragma once

#include "core/jobs/network_choice.h"

#include <CLI/CLI.hpp>

namespace scalescope {

/// Adds the options for the network and how it runs, which all commands share. @param choice receives the values.
/// @param output the name of the option for the network's output, where --output means something else.
void add_network_options(CLI::App& command, NetworkChoice& choice, const char* output = "--output");
/// Adds `--seed` for commands in which only random weights are random.
void add_weights_seed_option(CLI::App& command, std::uint64_t& seed);
/// @throws CLI::RequiredError if no network is named.
void check_usage(const NetworkChoice& choice);

} // namespace scalescope
