#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scalescope {

/// The `count` words nearest to `word`, nearest first: by edit distance (Levenshtein), words that contain it, or that
/// it contains, come first. For "no such name" messages.
[[nodiscard]] std::vector<std::string> nearest(const std::string& word, const std::vector<std::string>& words,
                                               std::size_t count);

/// A field of a CSV file, quoted if RFC 4180 requires it, or if a reader for semicolons could split it.
[[nodiscard]] std::string csv_field(const std::string& field);

/// A number as a field of a CSV file: the shortest text that reads back equal; empty if it is not finite.
[[nodiscard]] std::string csv_number(double value);

/// Text that may contain names from files, as one line for a terminal. Control characters (ESC, line ends, also those
/// of Unicode that change the direction of writing) and bytes that are not UTF-8 are written as \n, \x1b, \u202e.
[[nodiscard]] std::string for_terminal(std::string_view text);

/// Text from a file, safe for a terminal: control characters become '?', and very long text is shortened.
[[nodiscard]] std::string printable(std::string text);

} // namespace scalescope
