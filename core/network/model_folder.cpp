#include "core/network/model_folder.h"

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/network/detail/loading/folder_files.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

constexpr std::string_view cached = "models--";

/// The snapshot of a repository in the cache; the folder itself if there is none that is meant.
fs::path snapshot_of(const fs::path& repository) {
  std::ifstream ref(repository / "refs" / "main");
  std::string hash;
  constexpr std::size_t longest = 100;
  if (std::getline(ref, hash) && hash.size() < longest && hash.find('/') == std::string::npos && !hash.starts_with('.'))
    if (const fs::path named = repository / "snapshots" / hash; is_folder(named))
      return named;
  std::error_code ignored;
  std::vector<fs::path> all;
  for (const auto& entry : fs::directory_iterator(repository / "snapshots", ignored))
    if (all.size() < 2 && is_folder(entry.path()))
      all.push_back(entry.path());
  return all.size() == 1 ? all.front() : repository;
}

} // namespace

fs::path model_path(const fs::path& given) {
  const std::string name = given.filename().string();
  const bool is_of_folder = name == "config.json" || std::ranges::find(weight_names, name) != weight_names.end();
  if (is_of_folder && is_file(given) && is_file(given.parent_path() / "config.json"))
    return given.has_parent_path() ? given.parent_path() : fs::path(".");
  fs::path folder = given;
  if (!folder.has_filename() && folder.has_parent_path()) // "folder/"
    folder = folder.parent_path();
  if (folder.filename().string().starts_with(cached) && is_folder(folder / "snapshots"))
    return snapshot_of(folder);
  return is_folder(folder) ? folder : given;
}

bool is_model_folder(const fs::path& path) {
  return is_file(path / "config.json") &&
         std::ranges::any_of(weight_names, [&](std::string_view name) { return is_file(path / name); });
}

bool is_pruned_folder(const fs::path& folder) {
  if (!is_file(folder / "config.json"))
    return false;
  try {
    return read_folder_json(folder / "config.json").contains("scalescope");
  } catch (const Error&) { // somebody else's, and damaged
    return false;
  }
}

std::string name_of_model(const fs::path& model) {
  const fs::path place = is_folder(model) ? fs::absolute(model).lexically_normal() : model;
  const fs::path repository = place.parent_path().parent_path();
  std::string name = repository.filename().string();
  if (place.parent_path().filename() != "snapshots" || !name.starts_with(cached))
    return place.has_filename() ? place.filename().string() : place.parent_path().filename().string();
  name.erase(0, cached.size());
  if (const auto bar = name.find("--"); bar != std::string::npos)
    name.replace(bar, 2, "/");
  return name;
}

std::vector<fs::path> files_of_model(const fs::path& model) {
  if (!is_folder(model))
    return {model};
  std::vector<fs::path> files;
  for (const char* name : {"config.json", "preprocessor_config.json", "processor_config.json"})
    if (is_file(model / name))
      files.push_back(model / name);
  if (files.empty())
    return {};
  const auto weights = files_of_weights(model);
  files.insert(files.end(), weights.begin(), weights.end());
  return files;
}

std::string sha256_of_model(const fs::path& model) {
  if (!is_folder(model))
    return sha256_of_file(model);
  std::string list;
  for (const fs::path& file : files_of_model(model))
    list += fmt::format("{}  {}\n", sha256_of_file(file), file.filename().string());
  return sha256_of(list);
}

std::uint64_t size_of_model(const fs::path& model) {
  std::uint64_t bytes = 0;
  for (const fs::path& file : files_of_model(model)) {
    std::error_code none;
    const auto size = fs::file_size(file, none);
    bytes += none ? 0 : size;
  }
  return bytes;
}

} // namespace scalescope
