#include "datasets/detail/folder_files.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

} // namespace

bool is_hidden(const fs::path& file) { return file.filename().native().starts_with('.'); }

bool is_clutter(const fs::path& file) {
  constexpr std::array<std::string_view, 4> known{".ds_store", "thumbs.db", "desktop.ini", "__macosx"};
  const std::string name = lower(file.filename().string());
  return name.starts_with("._") || std::ranges::find(known, name) != known.end();
}

bool is_named(const fs::path& file, std::string_view extension) {
  return lower(file.extension().string()) == extension;
}

std::optional<fs::path> first_folder(const fs::path& parent, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (fs::is_directory(parent / name))
      return parent / name;
  return std::nullopt;
}

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator entry(folder); entry != fs::recursive_directory_iterator(); ++entry) {
    const bool skipped = is_clutter(entry->path());
    if (skipped || is_hidden(entry->path()))
      entry.disable_recursion_pending();
    const bool entered = entry.recursion_pending() && entry->is_directory() && !entry->is_symlink();
    if (!skipped && !entered)
      files.push_back(entry->path().lexically_relative(folder));
  }
  std::ranges::sort(files, {}, [](const fs::path& file) { return file.generic_string(); });
  return files;
}

} // namespace scalescope
