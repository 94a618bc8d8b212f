#pragma once
// The files of a folder.

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <stop_token>
#include <string_view>
#include <vector>

namespace scalescope {

/// Files that operating systems leave in folders: "._NAME" and .DS_Store (macOS), Thumbs.db and desktop.ini.
[[nodiscard]] bool is_clutter(const std::filesystem::path& file);

/// Whether the name starts with a dot.
[[nodiscard]] bool is_hidden(const std::filesystem::path& file);

/// Whether the name has this extension, in any case. @param extension in lower case, such as ".xml".
[[nodiscard]] bool is_named(const std::filesystem::path& file, std::string_view extension);

/// Whether the file exists; false for any error in its path.
[[nodiscard]] bool file_exists(const std::filesystem::path& file);

/// The absolute path without ".", ".." and a slash at its end: the same for all ways to write one path.
[[nodiscard]] std::filesystem::path full_path(const std::filesystem::path& path);

/// Whether a folder has a name that tools give to folders of annotations: Annotations, annots, labels, ...
[[nodiscard]] bool is_named_as_annotations(const std::filesystem::path& folder);

/// Whether a folder has a name that tools give to folders of masks: masks, SegmentationObject, SegmentationClass, ...
[[nodiscard]] bool is_named_as_masks(const std::filesystem::path& folder);

/// The folder that a data set is about: the folder of its annotations, or the one above if that is named as one of
/// annotations or contains no image.
[[nodiscard]] std::filesystem::path root_of(const std::filesystem::path& folder_of_annotations);

/// All files in the folder and its sub-folders, relative to it, in bytewise order, without clutter. Hidden folders and
/// links to folders are not entered; they are listed like files. @throws Cancelled
[[nodiscard]] std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder,
                                                             const std::stop_token& stop = {});

} // namespace scalescope
