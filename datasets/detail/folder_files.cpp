#include "datasets/detail/folder_files.h"

#include "core/base/error.h"
#include "datasets/detail/file_names.h"
#include "datasets/image_files.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace scalescope {

namespace fs = std::filesystem;

bool is_hidden(const fs::path& file) { return file.filename().native().starts_with('.'); }

bool is_clutter(const fs::path& file) {
  constexpr std::array<std::string_view, 4> known{".ds_store", "thumbs.db", "desktop.ini", "__macosx"};
  const std::string name = lower(file.filename().string());
  return name.starts_with("._") || std::ranges::find(known, name) != known.end();
}

bool is_named(const fs::path& file, std::string_view extension) {
  return lower(file.extension().string()) == extension;
}

bool file_exists(const fs::path& file) {
  std::error_code ignored;
  return fs::is_regular_file(file, ignored);
}

fs::path full_path(const fs::path& path) {
  const fs::path full = (fs::current_path() / path).lexically_normal();
  return full.has_filename() || full == full.root_path() ? full : full.parent_path();
}

bool is_named_as_annotations(const fs::path& folder) {
  constexpr std::array<std::string_view, 9> known{"annotations", "annotation", "annots", "labels", "label",
                                                  "xml",         "xmls",       "json",   "jsons"};
  return std::ranges::find(known, lower(folder.filename().string())) != known.end();
}

bool is_named_as_masks(const fs::path& folder) {
  const std::string name = lower(folder.filename().string());
  return name.starts_with("mask") || name.starts_with("segmentation") || name == "labels" || name == "label";
}

fs::path root_of(const fs::path& folder) {
  const fs::path own = full_path(folder);
  if (is_named_as_annotations(own) || images_below(own).empty())
    return folder.has_parent_path() && folder.filename() != ".." ? (folder / "..").lexically_normal()
                                                                 : own.parent_path();
  return folder.empty() ? own : folder;
}

std::vector<fs::path> files_below(const fs::path& folder, const std::stop_token& stop) {
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator entry(folder); entry != fs::recursive_directory_iterator(); ++entry) {
    if (stop.stop_requested())
      throw Cancelled();
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
