#include "datasets/detail/csv_table.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace scalescope {

namespace {

/// Reads fields one after the other, keeping count of the lines.
class Scanner {
 public:
  Scanner(std::string_view text, const std::string& source) : text_(text), source_(source) {}

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
    if (!at_end() && text_[position_] == '"')
      value = quoted();
    const std::size_t end = std::min(text_.find_first_of(std::string{separator, '\n'}, position_), text_.size());
    std::string_view rest = text_.substr(position_, end - position_);
    if (rest.ends_with('\r') && (end == text_.size() || text_[end] == '\n'))
      rest.remove_suffix(1);
    position_ = end;
    return value.append(rest);
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
    throw Error(fmt::format("{}, line {}: the field in quotes does not end; add the missing \"", source_, first_line));
  }

  std::string_view text_;
  const std::string& source_;
  std::size_t position_ = 0;
  int line_ = 1;
};

char separator_of(std::string_view text) {
  std::size_t commas = 0;
  std::size_t semicolons = 0;
  bool in_quotes = false;
  for (const char c : text.substr(0, text.find('\n', std::min(text.find_first_not_of("\r\n"), text.size())))) {
    in_quotes ^= c == '"';
    commas += !in_quotes && c == ',';
    semicolons += !in_quotes && c == ';';
  }
  return semicolons > commas ? ';' : ',';
}

bool is_blank(const CsvRow& row) {
  return std::ranges::all_of(
      row.fields, [](const std::string& field) { return field.find_first_not_of(" \t") == std::string::npos; });
}

} // namespace

CsvTable parse_csv(const std::string& text, const std::string& source) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  std::string_view view = text;
  if (view.starts_with(byte_order_mark))
    view.remove_prefix(byte_order_mark.size());

  const char separator = separator_of(view);
  Scanner scanner(view, source);
  CsvTable table;
  while (!scanner.at_end()) {
    CsvRow row = scanner.row(separator);
    if (is_blank(row))
      continue;
    if (table.header.empty())
      table.header = std::move(row.fields);
    else
      table.rows.push_back(std::move(row));
  }
  if (table.header.empty())
    throw Error(fmt::format("{}: the file is empty; its first line should name the columns: file,target", source));
  return table;
}

} // namespace scalescope
