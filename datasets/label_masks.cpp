#include "datasets/label_masks.h"

#include "core/base/error.h"
#include "datasets/detail/folder_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

bool is_image(const fs::path& file) {
  std::string extension = file.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  constexpr std::array known{".png", ".tif", ".tiff", ".jpg", ".jpeg", ".bmp", ".webp"};
  return fs::is_regular_file(file) && std::ranges::find(known, extension) != known.end();
}

/// The images of a folder by their names without extension.
std::map<std::string, fs::path> images_in(const fs::path& folder) {
  std::map<std::string, fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (is_clutter(entry.path()) || !is_image(entry.path()))
      continue;
    const auto [first, is_new] = found.emplace(entry.path().stem().string(), entry.path());
    if (!is_new)
      throw Error(fmt::format("'{}' and '{}' have the same name, so it is not clear which image and mask belong "
                              "together: rename or remove one of them.",
                              std::min(first->second, entry.path()).string(),
                              std::max(first->second, entry.path()).string()));
  }
  return found;
}

LabelledSet read(const fs::path& folder) {
  if (!fs::is_directory(folder / "images") || !fs::is_directory(folder / "labels"))
    throw Error(fmt::format("'{}' contains no images with label masks: give a folder with images/NAME.png and "
                            "labels/NAME.png (16 bits, 0 for the background, a number for each object).",
                            folder.string()));
  const auto images = images_in(folder / "images");
  const auto masks = images_in(folder / "labels");
  if (images.empty())
    throw Error(
        fmt::format("'{}' contains no images: add images, and their masks to labels.", (folder / "images").string()));
  LabelledSet set;
  const fs::path full = fs::absolute(folder).lexically_normal();
  set.name = (full.has_filename() ? full : full.parent_path()).filename().string();
  for (const auto& [name, file] : images) {
    const auto mask = masks.find(name);
    if (mask == masks.end())
      throw Error(fmt::format("'{}' has no label mask: add '{}', or remove the image.", file.string(),
                              (folder / "labels" / (name + ".png")).string()));
    set.images.push_back({"images/" + file.filename().string(), file, mask->second});
  }
  for (const auto& [name, file] : masks)
    if (!images.contains(name))
      set.left_out.push_back({"labels/" + file.filename().string(), "a mask without an image"});
  return set;
}

} // namespace

LabelledSet read_label_masks(const fs::path& folder) {
  try {
    return read(folder);
  } catch (const fs::filesystem_error& error) {
    throw Error(fmt::format("'{}' can't be read: {}: check the path and its permissions.", folder.string(),
                            error.code().message()));
  }
}

} // namespace scalescope
