#pragma once
// The files of a folder.

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

namespace scalescope {

/// Files that operating systems leave in folders: "._NAME" and .DS_Store (macOS), Thumbs.db and desktop.ini.
[[nodiscard]] bool is_clutter(const std::filesystem::path& file);

/// Whether the name starts with a dot.
[[nodiscard]] bool is_hidden(const std::filesystem::path& file);

/// Whether the name has this extension, in any case. @param extension in lower case, such as ".xml".
[[nodiscard]] bool is_named(const std::filesystem::path& file, std::string_view extension);

/// How folders of annotations are named.
constexpr std::initializer_list<const char*> annotation_folders{"Annotations", "annotations", "annots"};

/// The first of these sub-folders that is there.
[[nodiscard]] std::optional<std::filesystem::path> first_folder(const std::filesystem::path& parent,
                                                                std::initializer_list<const char*> names);

/// All files in the folder and its sub-folders, relative to it, in bytewise order, without clutter. Hidden folders and
/// links to folders are not entered; they are listed like files.
[[nodiscard]] std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder);

} // namespace scalescope
