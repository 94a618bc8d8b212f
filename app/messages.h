#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>

namespace scalescope {

/// Where the program's own messages go: standard error.
[[nodiscard]] std::FILE* message_stream();

/// From now on only the program's own messages reach standard error. What libraries write there (libpng, OpenCV,
/// LibTorch's log) is dropped: what matters of it is told by an Error, in our words. SCALESCOPE_LIBRARY_MESSAGES=1 in
/// the environment keeps it, for whoever looks for a fault.
void keep_libraries_quiet();

/// "Note: ..." on a line of its own.
void print_note(const std::string& text);

} // namespace scalescope
