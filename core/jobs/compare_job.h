#pragma once

#include "core/results/comparison_files.h"

#include <filesystem>
#include <string>
#include <vector>

namespace scalescope {

/// Draws the curves of several analyses over one another. What `scalescope-cli compare` does.
struct CompareJob {
  std::vector<std::string> analyses; ///< folders with an analysis.json, or these files; two at least
  std::string out;                   ///< folder for the results
};

/// Runs it and writes its files. @param open_files beside those that it reads: not to be overwritten.
/// @return the curves. @throws Error naming what is wrong.
[[nodiscard]] std::vector<ComparedCurve> run(const CompareJob& job,
                                             const std::vector<std::filesystem::path>& open_files = {});

} // namespace scalescope
