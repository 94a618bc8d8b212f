#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>

namespace scalescope {

/// The stream of the program's own messages: standard error.
[[nodiscard]] std::FILE* message_stream();

/// From now on only the program's own messages reach standard error. Messages of libraries (libpng, OpenCV, LibTorch's
/// log) are dropped, because an Error already reports the problem. SCALESCOPE_LIBRARY_MESSAGES=1 in the environment
/// keeps them for debugging.
void keep_libraries_quiet();

/// "Note: ..." on a line of its own.
void print_note(const std::string& text);

} // namespace scalescope
