#pragma once

#include <filesystem>
#include <functional>
#include <vector>

namespace scalescope {

/// Tells which files the window has open, none of which may be overwritten. To be called in its thread.
using OpenFiles = std::function<std::vector<std::filesystem::path>()>;

} // namespace scalescope
