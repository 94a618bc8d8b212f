#pragma once

#include "core/network/detail/loading/archive.h"

namespace scalescope {

/// Checks an archive before LibTorch loads it: that no code runs during loading (see check_script_source), that every
/// tensor in its pickles lies within its bytes, and that no nesting or count is so large that LibTorch would run out of
/// stack or memory. It runs nothing and reads no weights.
/// @throws Unreadable
void check_archive(const std::shared_ptr<Archive>& archive);

} // namespace scalescope
