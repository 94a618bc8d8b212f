#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scalescope {

/// The `count` words nearest to `word`, nearest first: by edit distance (Levenshtein), words that hold it or are held
/// by it before others. For "no such name" messages.
[[nodiscard]] std::vector<std::string> nearest(const std::string& word, const std::vector<std::string>& words,
                                               std::size_t count);

/// A field of a CSV file, quoted where it has to be (RFC 4180), or where a reader that knows semicolons could cut it.
[[nodiscard]] std::string csv_field(const std::string& field);

/// A number as a field of a CSV file: its shortest text that reads back equal; empty where it is not finite.
[[nodiscard]] std::string csv_number(double value);

/// Text that may hold names out of files, as one line for a terminal: control characters (ESC, line ends, those of
/// Unicode that turn the direction of writing too) and bytes that are no UTF-8 are written as \n, \x1b, \u202e.
[[nodiscard]] std::string for_terminal(std::string_view text);

/// Text from a file, fit to be printed on a terminal: control characters become '?', and what is very long is cut.
[[nodiscard]] std::string printable(std::string text);

} // namespace scalescope
