#pragma once
// What lies in a folder.

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

namespace scalescope {

/// What systems leave in folders, of no interest to anybody: "._NAME" and .DS_Store (macOS), Thumbs.db and desktop.ini.
[[nodiscard]] bool is_clutter(const std::filesystem::path& file);

/// Whether the name starts with a dot.
[[nodiscard]] bool is_hidden(const std::filesystem::path& file);

/// Whether the name ends so, in letters of either case. @param extension in lower case, ".xml".
[[nodiscard]] bool is_named(const std::filesystem::path& file, std::string_view extension);

/// How folders of annotations are named.
constexpr std::initializer_list<const char*> annotation_folders{"Annotations", "annotations", "annots"};

/// The first of these sub-folders that is there.
[[nodiscard]] std::optional<std::filesystem::path> first_folder(const std::filesystem::path& parent,
                                                                std::initializer_list<const char*> names);

/// All files in the folder and its sub-folders, relative to it, in bytewise order, but for clutter. Hidden folders and
/// links to folders are not entered: they are among the files.
[[nodiscard]] std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder);

} // namespace scalescope
