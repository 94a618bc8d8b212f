#include "core/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace scalescope {
namespace {

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

struct Character {
  char32_t code = 0;
  std::size_t size = 0; ///< in bytes; 0: not UTF-8
};

Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80)
    return {lead, 1};
  const std::size_t size = lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead >= 0xf5 || text.size() < size)
    return {};
  char32_t code = lead & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80)
      return {};
    code = code << 6U | (byte(i) & 0x3fU);
  }
  const bool too_long = code < (size == 2 ? 0x80U : size == 3 ? 0x800U : 0x10000U);
  return too_long || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff ? Character{} : Character{code, size};
}

/// Characters beyond ASCII that move a terminal's cursor, end a line or change the direction of writing.
bool is_control(char32_t code) {
  return (code >= 0x80 && code < 0xa0) || code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

} // namespace

std::vector<std::string> nearest(const std::string& word, const std::vector<std::string>& words, std::size_t count) {
  std::vector<std::pair<std::pair<bool, std::size_t>, std::string>> ranked;
  for (const auto& other : words) {
    const bool related = !word.empty() && !other.empty() &&
                         (other.find(word) != std::string::npos || word.find(other) != std::string::npos);
    ranked.push_back({{!related, edit_distance(word, other)}, other});
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> result;
  for (std::size_t i = 0; i < std::min(count, ranked.size()); ++i)
    result.push_back(ranked[i].second);
  return result;
}

std::string csv_field(const std::string& field) {
  if (field.find_first_of(",;\"\r\n") == std::string::npos)
    return field;
  std::string result = "\"";
  for (const char c : field)
    result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + '"';
}

std::string csv_number(double value) { return std::isfinite(value) ? fmt::format("{}", value) : ""; }

std::string for_terminal(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const Character character = first_character(text);
    const char32_t code = character.code;
    if (character.size == 0)
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    else if (code == U'\n')
      result += "\\n";
    else if (code < 0x20 || code == 0x7f)
      result += fmt::format("\\x{:02x}", static_cast<unsigned>(code));
    else if (is_control(code))
      result += fmt::format("\\u{:04x}", static_cast<unsigned>(code));
    else
      result += text.substr(0, character.size);
    text.remove_prefix(std::max<std::size_t>(character.size, 1));
  }
  return result;
}

std::string printable(std::string text) {
  constexpr std::size_t longest = 120;
  std::string result;
  for (std::string_view rest = text; !rest.empty();) {
    const Character character = first_character(rest);
    if (result.size() + std::max<std::size_t>(character.size, 1) > longest)
      return result + "...";
    const char32_t code = character.code;
    const bool shown = character.size > 0 && code >= 0x20 && code != 0x7f && !is_control(code);
    result += shown ? rest.substr(0, character.size) : "?";
    rest.remove_prefix(std::max<std::size_t>(character.size, 1));
  }
  return result;
}

} // namespace scalescope
