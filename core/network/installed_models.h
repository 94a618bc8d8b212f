#pragma once

#include <filesystem>
#include <string>

namespace scalescope {

/// A network that the set-up installed, by name ("efficientnet_lite0"): looked for in SCALESCOPE_MODELS, the user's and
/// the system's data folders (scalescope/models/NAME.pth). Empty if it is not there.
[[nodiscard]] std::filesystem::path find_installed_model(const std::string& name);

} // namespace scalescope
