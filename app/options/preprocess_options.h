#pragma once

#include "core/image/preprocessing.h"
#include "core/network/network.h"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace scalescope {

/// The options that say how pixels are scaled; the same in every command that runs a network on images.
struct PreprocessOptions {
  std::string mode;
  std::vector<float> mean;
  std::vector<float> standard_deviation;

  void add_to(CLI::App& command);
  /// The preprocessing, and why it was chosen.
  [[nodiscard]] std::pair<Preprocessing, std::string> chosen(const Network& network) const;
};

} // namespace scalescope
