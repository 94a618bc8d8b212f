#pragma once

#include <filesystem>
#include <vector>

namespace scalescope {

/// Makes sure, before any work, that what a job writes replaces none of the files that it reads, nor one another.
/// It compares the files, not their names, so links and other spellings of a path are refused too.
/// @param inputs need not exist, and may hold empty paths. @throws Error naming the file and what to do.
void refuse_to_overwrite(const std::vector<std::filesystem::path>& outputs,
                         const std::vector<std::filesystem::path>& inputs);

} // namespace scalescope
