#include "core/base/text.h"

#include <algorithm>
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

std::string printable(std::string text) {
  constexpr std::size_t longest = 120;
  if (text.size() > longest)
    text = text.substr(0, longest) + "...";
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return text;
}

} // namespace scalescope
