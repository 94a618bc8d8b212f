#include "core/network/detail/loading/folder_files.h"

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace scalescope {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr std::uintmax_t most_bytes = 64 << 20;
constexpr int deepest = 64;

/// The file of weights, or the index; empty if there is none.
fs::path weights_in(const fs::path& folder) {
  std::error_code ignored;
  for (const std::string_view name : weight_names)
    if (const fs::path file = folder / name; fs::exists(fs::symlink_status(file, ignored)))
      return file;
  return {};
}

bool is_index(const fs::path& file) { return file.extension() == ".json"; }

void check_shard(const fs::path& index, const std::string& name) {
  if (name.empty() || name.find_first_of("/\\") != std::string::npos || name.starts_with('.') ||
      name.find('\0') != std::string::npos)
    throw Error(fmt::format("{} names the file '{}', which is not a file beside it; download the folder again.",
                            index.string(), for_terminal(name)));
  std::error_code ignored;
  if (!fs::is_regular_file(index.parent_path() / name, ignored))
    throw Error(fmt::format("{} names the file '{}', which is missing; download the folder again, with all its files.",
                            index.string(), for_terminal(name)));
}

std::vector<fs::path> listed_in(const fs::path& index) {
  const json content = read_folder_json(index);
  const auto map = content.find("weight_map");
  if (map == content.end() || !map->is_object() || map->empty())
    throw Error(fmt::format("{} has no weight_map that says which tensor is in which file; download the folder again.",
                            index.string()));
  std::vector<fs::path> files;
  std::set<std::string> known;
  for (const auto& [tensor, file] : map->items()) {
    if (!file.is_string())
      throw Error(fmt::format("{} has a weight_map in which '{}' has no file's name; download the folder again.",
                              index.string(), for_terminal(tensor)));
    const auto name = file.get<std::string>();
    if (!known.insert(name).second)
      continue;
    check_shard(index, name);
    files.push_back(index.parent_path() / name);
  }
  return files;
}

} // namespace

json read_folder_json(const fs::path& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (!fs::exists(status))
    throw Error(fmt::format("{} {}; download the folder again, with all its files.", file.string(),
                            fs::is_symlink(fs::symlink_status(file, error)) ? "is a link that leads to no file"
                                                                            : "does not exist"));
  if (!fs::is_regular_file(status))
    throw Error(fmt::format("{} is not a file; download the folder again.", file.string()));
  if (fs::file_size(file, error) > most_bytes)
    throw Error(fmt::format("{} is larger than 64 MiB, so it is not what it is called; download the folder again.",
                            file.string()));
  const std::string text = read_file(file);
  const auto watch = [&](int depth, json::parse_event_t, json&) {
    if (depth > deepest)
      throw Error(fmt::format("{} is nested deeper than {} levels, so it is not what it is called; download the folder "
                              "again.",
                              file.string(), deepest));
    return true;
  };
  try {
    json content = json::parse(text, watch);
    if (!content.is_object())
      throw Error(fmt::format("{} holds no names with values; download the folder again.", file.string()));
    return content;
  } catch (const json::parse_error& e) {
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(e.byte, text.size()));
    throw Error(fmt::format("{} is damaged: it is not JSON in line {}; download the folder again, or correct it.",
                            file.string(), 1 + std::count(text.begin(), end, '\n')));
  } catch (const json::exception&) {
    throw Error(fmt::format("{} has a number that is too large to be read; download the folder again, or correct it.",
                            file.string()));
  }
}

std::vector<fs::path> weights_of_folder(const fs::path& folder) {
  const fs::path found = weights_in(folder);
  if (found.empty())
    throw Error(fmt::format("{} has a config.json but no weights ({}); download them into it.", folder.string(),
                            fmt::join(weight_names, ", ")));
  return is_index(found) ? listed_in(found) : std::vector<fs::path>{found};
}

std::vector<fs::path> files_of_weights(const fs::path& folder) {
  const fs::path found = weights_in(folder);
  std::error_code ignored;
  if (!fs::is_regular_file(found, ignored))
    return {};
  std::vector<fs::path> files{found};
  if (is_index(found))
    try {
      const auto listed = listed_in(found);
      files.insert(files.end(), listed.begin(), listed.end());
    } catch (const Error&) { // the reader of the network says so
    }
  return files;
}

} // namespace scalescope
