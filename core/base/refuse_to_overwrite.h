#pragma once

#include <filesystem>
#include <vector>

namespace scalescope {

/// Checks before any work that the outputs of a job replace none of its inputs and that no two outputs are the same
/// file. It compares files, not names, so links and other spellings of a path are refused, too.
/// @param inputs need not exist, and may hold empty paths. @throws Error naming the file and what to do.
void refuse_to_overwrite(const std::vector<std::filesystem::path>& outputs,
                         const std::vector<std::filesystem::path>& inputs);

} // namespace scalescope
