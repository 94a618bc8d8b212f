#pragma once

#include <filesystem>
#include <string>

namespace scalescope {

/// A file or folder that the set-up or the package installed, by its path below a data folder ("photos",
/// "models/NAME.pth"); empty if it is nowhere. Looked for in $XDG_DATA_HOME/scalescope (~/.local/share/scalescope), in
/// share/scalescope beside the bin that the program lies in, and in /usr/local/share and /usr/share.
[[nodiscard]] std::filesystem::path find_installed(const std::string& name);

} // namespace scalescope
