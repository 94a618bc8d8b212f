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
  int header_line = 0;
  char separator = ',';
  std::vector<bool> has_decimal_comma; ///< of each column: whether a field has one comma, where that is no separator
  std::vector<CsvRow> rows;
};

/// Splits text into rows and fields according to RFC 4180, with LF, CRLF or CR. UTF-16 and Windows-1252 are converted
/// to UTF-8. Blank lines are skipped, and lines with # and "sep=;" before the header. The separator is the comma, the
/// semicolon or the tab, whichever the header contains most often. Blanks around fields are removed. Rows may have any
/// number of fields.
/// @param only_header reads no row, as the text may be the beginning of a file only.
/// @throws Error without the file's name if a quoted field does not end, or if there is no header.
[[nodiscard]] CsvTable parse_csv(std::string text, bool only_header = false);

/// The text between the separators; blanks around it are removed, and empty parts left out.
[[nodiscard]] std::vector<std::string> split_field(const std::string& text, char separator);

} // namespace scalescope
