#pragma once

#include <string>
#include <vector>

namespace scalescope {

/// A row of a CSV file.
struct CsvRow {
  int line = 0; ///< where it starts, from 1
  std::vector<std::string> fields;
};

/// A CSV file cut into fields.
struct CsvTable {
  std::vector<std::string> header;
  std::vector<CsvRow> rows;
};

/// Cuts text into rows and fields as RFC 4180 has it, with LF or CRLF, a UTF-8 byte order mark in front if there is
/// one, and blank lines passed over. The separator is the comma or the semicolon, whichever the header has more of.
/// Rows may have any number of fields.
/// @param source names the file in messages. @throws Error if a quoted field does not end, or if there is no header.
[[nodiscard]] CsvTable parse_csv(const std::string& text, const std::string& source);

} // namespace scalescope
