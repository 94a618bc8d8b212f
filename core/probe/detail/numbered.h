#pragma once
// Names as numbers (private to this library).

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace scalescope {

/// The names as numbers 0, 1, .. in the order in which they first appear, and how many differ.
struct Numbered {
  std::vector<int> of;
  int count = 0;
};

[[nodiscard]] inline Numbered number(std::span<const std::string> names) {
  Numbered result;
  std::unordered_map<std::string_view, int> seen;
  for (const std::string& name : names)
    result.of.push_back(seen.try_emplace(name, static_cast<int>(seen.size())).first->second);
  result.count = static_cast<int>(seen.size());
  return result;
}

} // namespace scalescope
