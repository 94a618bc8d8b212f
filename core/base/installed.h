#pragma once

#include <filesystem>
#include <string>

namespace scalescope {

/// Finds an installed file or folder by its path below a data folder ("photos", "models/NAME.pth"); empty if it is not
/// installed. Searches $XDG_DATA_HOME/scalescope (~/.local/share/scalescope), in share/scalescope beside the program's
/// bin folder, and in /usr/local/share and /usr/share.
[[nodiscard]] std::filesystem::path find_installed(const std::string& name);

} // namespace scalescope
