#pragma once

#include "core/network/network.h"

#include <CLI/CLI.hpp>

namespace scalescope {

/// The options that say which network and how it runs; the same in every command.
struct ModelOptions {
  std::string model;
  ModelSource source;
  RunOptions run; ///< with a cache: that one instead of the user's
  bool no_cache = false;

  void add_to(CLI::App& command);
  /// Fills in `source` and opens the network; what is worth knowing about it goes to stderr unless quiet.
  [[nodiscard]] Network open(bool quiet);
};

} // namespace scalescope
