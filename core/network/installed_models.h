#pragma once

#include <filesystem>
#include <string>

namespace scalescope {

/// An installed network, by name ("efficientnet_lite0"). Searches SCALESCOPE_MODELS and the user's and the system's
/// data folders (scalescope/models/NAME.pth). Empty if it is not installed.
[[nodiscard]] std::filesystem::path find_installed_model(const std::string& name);

} // namespace scalescope
