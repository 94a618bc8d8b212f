#include "datasets/detail/csv_table.h"

#include "datasets/detail/annotations.h"
#include "datasets/detail/file_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>

namespace scalescope {

namespace {

/// Reads fields one after the other, keeping count of the lines.
class Scanner {
 public:
  Scanner(std::string_view text, int line) : text_(text), line_(line) {}

  bool at_end() const { return position_ == text_.size(); }

  CsvRow row(char separator) {
    CsvRow row{line_, {field(separator)}};
    while (!at_end() && text_[position_] == separator) {
      ++position_;
      row.fields.push_back(field(separator));
    }
    if (!at_end()) { // at the newline
      ++position_;
      ++line_;
    }
    return row;
  }

 private:
  std::string field(char separator) {
    std::string value;
    if (const std::size_t start = text_.find_first_not_of(" ", position_);
        start != std::string_view::npos && text_[start] == '"') {
      position_ = start;
      value = quoted();
    }
    const std::size_t end = std::min(text_.find_first_of(std::string{separator, '\n'}, position_), text_.size());
    std::string_view rest = text_.substr(position_, end - position_);
    if (rest.ends_with('\r') && (end == text_.size() || text_[end] == '\n'))
      rest.remove_suffix(1);
    position_ = end;
    return std::string(trimmed(value.append(rest)));
  }

  std::string quoted() {
    const int first_line = line_;
    std::string value;
    for (++position_; !at_end(); ++position_) {
      if (text_[position_] == '"' && !text_.substr(position_).starts_with("\"\"")) {
        ++position_;
        return value;
      }
      if (text_[position_] == '"')
        ++position_; // "" stands for "
      if (text_[position_] == '\n')
        ++line_;
      value += text_[position_];
    }
    throw Error(fmt::format("line {}: the field in quotes does not end; add the missing \"", first_line));
  }

  std::string_view text_;
  std::size_t position_ = 0;
  int line_;
};

/// The first line from a place on.
std::string_view line_at(std::string_view text, std::size_t at) { return text.substr(at, text.find('\n', at) - at); }

/// The character that separates the fields of a header.
char separator_of(std::string_view header) {
  std::map<char, int> counts;
  bool in_quotes = false;
  for (const char c : header) {
    in_quotes ^= c == '"';
    counts[c] += in_quotes ? 0 : 1;
  }
  return std::ranges::max({',', ';', '\t'}, {}, [&](char c) { return counts[c]; });
}

bool is_blank(const CsvRow& row) {
  return std::ranges::all_of(
      row.fields, [](const std::string& field) { return field.find_first_not_of(" \t") == std::string::npos; });
}

} // namespace

CsvTable parse_csv(std::string text, bool only_header) {
  text = to_utf8(std::move(text));
  if (text.find('\n') == std::string::npos)
    std::ranges::replace(text, '\r', '\n');
  // What spreadsheets and R put before the header.
  CsvTable table;
  std::size_t start = 0;
  int line = 1;
  std::optional<char> stated;
  for (;; ++line) {
    const std::string_view first = line_at(text, start);
    const std::string_view content = trimmed(first);
    if (lower(std::string(content.substr(0, 4))) == "sep=" && first.size() > 4)
      stated = first[4];
    else if (!content.empty() && (!content.starts_with('#') || content.starts_with("#filename,"))) // of VIA 1
      break;
    start += first.size() + 1;
    if (start >= text.size())
      throw Error("the file is empty; its first line should name the columns: file,target");
  }
  const std::string_view body = std::string_view(text).substr(start);
  table.separator = stated.value_or(separator_of(line_at(body, 0)));
  table.header_line = line;
  Scanner scanner(body, line);
  table.header = scanner.row(table.separator).fields;
  while (!only_header && !scanner.at_end())
    if (CsvRow row = scanner.row(table.separator); !is_blank(row))
      table.rows.push_back(std::move(row));
  table.has_decimal_comma.resize(table.header.size());
  for (const CsvRow& row : table.rows)
    for (std::size_t i = 0; table.separator != ',' && i < std::min(row.fields.size(), table.header.size()); ++i)
      if (std::ranges::count(row.fields[i], ',') == 1)
        table.has_decimal_comma[i] = true;
  return table;
}

std::vector<std::string> split_field(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    if (const std::string_view part = trimmed(std::string_view(text).substr(at, end - at)); !part.empty())
      parts.emplace_back(part);
    at = end + 1;
  }
  return parts;
}

} // namespace scalescope
