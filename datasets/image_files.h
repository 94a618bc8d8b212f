#pragma once

#include <filesystem>
#include <stop_token>
#include <vector>

namespace scalescope {

/// Whether the name ends like an image that read_image can open: .jpg, .jpeg, .png, .bmp, .tif, .tiff, .webp.
[[nodiscard]] bool is_named_as_image(const std::filesystem::path& file);

/// The images in the folder and its sub-folders, by their names, relative to it, in bytewise order. Links to folders
/// are followed, each folder is entered once; hidden folders are not entered. @throws Cancelled
[[nodiscard]] std::vector<std::filesystem::path> images_below(const std::filesystem::path& folder,
                                                              const std::stop_token& stop = {});

} // namespace scalescope
