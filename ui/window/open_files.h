#pragma once

#include <filesystem>
#include <functional>
#include <vector>

namespace scalescope {

/// Returns the files that the window has open; these must not be overwritten. Call it in the UI thread.
using OpenFiles = std::function<std::vector<std::filesystem::path>()>;

} // namespace scalescope
