#pragma once

#include "core/network/detail/loading/pruned_folder.h"

#include <string>

namespace scalescope {

/// The load.py of a folder: Python that builds the network, drops what its file has no weights for, and ends it at the
/// layer. It works for every architecture, because it changes no code of Python's: a hook at the layer ends the run.
[[nodiscard]] std::string folder_script(const PrunedEntry& entry);

} // namespace scalescope
