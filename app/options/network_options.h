#pragma once

#include "core/jobs/network_choice.h"

#include <CLI/CLI.hpp>

namespace scalescope {

/// The options that say which network is run and how; the same in every command. @param choice is filled in.
void add_network_options(CLI::App& command, NetworkChoice& choice);
/// `--seed` of commands that draw nothing but random weights.
void add_weights_seed_option(CLI::App& command, std::uint64_t& seed);
/// @throws CLI::RequiredError if no network is named.
void check_usage(const NetworkChoice& choice);

} // namespace scalescope
