#pragma once
// JSON files, read in pieces. NaN and Infinity, which are no JSON but are written by Python, are read as null.

#include <nlohmann/json.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace scalescope {

/// A whole file. @throws Error with its name and the line: not readable, not JSON.
[[nodiscard]] nlohmann::json read_json(const std::filesystem::path& file);

/// Functions for what read_json_entries finds.
struct JsonEntries {
  std::function<void(const std::string& key, nlohmann::json& entry)> in_list; ///< an entry of a list, and its key
  std::function<void(std::size_t done, std::size_t total)> step = {};         ///< bytes read, and those of the file
};
/// Reads a file whose entries are in lists of its outermost object ({"images": [...], ...}), or in an outermost list,
/// whose key is "". Each entry is handed over as soon as it is read, and not kept.
/// @return the keys of the lists that were there. @throws Error as read_json
std::vector<std::string> read_json_entries(const std::filesystem::path& file, const JsonEntries& entries);

/// Of so many values, scan_json_keys looks at the keys: formats are told by keys near the beginning.
inline constexpr int most_scanned_values = 200'000;

/// Reads the members of the outermost object that are objects, or of the one with the key `under` in it, if there is
/// one. Each is handed over as soon as it is read, and not kept.
/// @param key of the member. @throws Error as read_json
void read_json_members(const std::filesystem::path& file, const std::string& under,
                       const std::function<void(const std::string& key, const nlohmann::json& member)>& take,
                       const std::function<void(std::size_t done, std::size_t total)>& step = {});

/// Tells the keys of a file one after the other, until `knows` returns true. An outermost list counts as the key "".
/// @param knows gets how deep the key is: 1 for those of the outermost object. @return whether it has returned true;
/// false for what is not JSON, too.
[[nodiscard]] bool scan_json_keys(const std::filesystem::path& file,
                                  const std::function<bool(int depth, const std::string& key)>& knows);

/// A number, also one that is written as a text ("12.5"). @return nothing for anything else, null too.
[[nodiscard]] std::optional<double> json_number(const nlohmann::json& value);
/// The value of a key; null where it is missing, or `object` is none.
[[nodiscard]] const nlohmann::json& json_at(const nlohmann::json& object, const char* key);
/// The text of a key; empty where it is missing or is none.
[[nodiscard]] std::string json_text(const nlohmann::json& object, const char* key);
/// All numbers of a list. @throws Error without the annotation's name if one is none: `its "points" ...`.
[[nodiscard]] std::vector<double> json_numbers(const nlohmann::json& list, const char* key);

} // namespace scalescope
