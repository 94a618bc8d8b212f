#pragma once

#include <string>
#include <vector>

namespace scalescope {

/// A row of a CSV file.
struct CsvRow {
  int line = 0; ///< where it starts, from 1
  std::vector<std::string> fields;
};

/// A CSV file as fields.
struct CsvTable {
  std::vector<std::string> header;
  std::vector<CsvRow> rows;
};

/// Splits text into rows and fields according to RFC 4180, with LF or CRLF. Skips a UTF-8 byte order mark and blank
/// lines. The separator is the comma or the semicolon, whichever the header contains more often. Rows may have any
/// number of fields.
/// @param source names the file in messages. @throws Error if a quoted field does not end, or if there is no header.
[[nodiscard]] CsvTable parse_csv(const std::string& text, const std::string& source);

} // namespace scalescope
