#pragma once

#include "core/network/detail/loading/archive.h"

namespace scalescope {

/// Looks at an archive before LibTorch does: what of its code would run while it is loaded (see check_script_source),
/// that every tensor in its pickles lies within the bytes that are there for it, and that nothing is nested so deeply,
/// or numbered so highly, that LibTorch would run out of stack or memory. Nothing is run, no weight is read.
/// @throws Unreadable
void check_archive(const std::shared_ptr<Archive>& archive);

} // namespace scalescope
