#include "datasets/label_masks.h"

#include "core/base/error.h"
#include "datasets/detail/file_names.h"
#include "datasets/detail/folder_files.h"
#include "datasets/image_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 5> image_folders{"images", "image", "imgs", "img", "jpegimages"};
constexpr std::array<std::string_view, 5> mask_folders{"masks", "mask", "labels", "label", "segmentationobject"};
constexpr std::array<std::string_view, 6> mask_endings{"_cp_masks", "_masks", "_mask", "_labels", "_label", "_seg"};
constexpr std::array<std::string_view, 2> image_endings{"_img", "_image"};

bool is_image(const fs::path& file) { return is_named_as_image(file) && fs::is_regular_file(file); }

/// What a folder contains, in bytewise order.
struct Content {
  std::vector<fs::path> images;
  std::vector<fs::path> folders;
};

Content content_of(const fs::path& folder) {
  Content content;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (is_clutter(entry.path()) || is_hidden(entry.path()))
      continue;
    if (entry.is_directory())
      content.folders.push_back(entry.path());
    else if (is_image(entry.path()))
      content.images.push_back(entry.path());
  }
  std::ranges::sort(content.images);
  std::ranges::sort(content.folders);
  return content;
}

/// Images or masks by their names: of a file without its extension.
using ByName = std::map<std::string, fs::path>;

void add(ByName& named, const std::string& name, const fs::path& path) {
  const auto [first, is_new] = named.emplace(name, path);
  if (!is_new)
    throw Error(
        fmt::format("'{}' and '{}' have the same name, so it is not clear which image and mask belong together: "
                    "rename or remove one of them.",
                    first->second.string(), path.string()));
}

std::string without_ending(const std::string& name, std::span<const std::string_view> endings) {
  for (const std::string_view ending : endings)
    if (name.size() > ending.size() && name.ends_with(ending))
      return name.substr(0, name.size() - ending.size());
  return name;
}

/// The one of these sub-folders that contains something. @throws Error if there are several.
std::optional<fs::path> only_folder(const Content& content, std::span<const std::string_view> names, const char* what) {
  std::optional<fs::path> found;
  for (const fs::path& folder : content.folders) {
    if (std::ranges::find(names, lower(folder.filename().string())) == names.end())
      continue;
    const Content inside = content_of(folder);
    if (inside.images.empty() && inside.folders.empty())
      continue; // labels of another kind, such as texts
    if (found)
      throw Error(fmt::format("There are {} in '{}' and in '{}', so it is not clear which ones to use: move one of the "
                              "folders away.",
                              what, found->string(), folder.string()));
    found = folder;
  }
  return found;
}

class MaskReader {
 public:
  explicit MaskReader(const fs::path& folder) : root_(folder) {
    const fs::path full = fs::absolute(folder).lexically_normal();
    set_.name = (full.has_filename() ? full : full.parent_path()).filename().string();
  }

  LabelledSet read() {
    const Content content = content_of(root_);
    if (!read_folder(root_, set_.name, content))
      read_below(content);
    if (set_.images.empty())
      throw Error(nothing_found());
    return std::move(set_);
  }

 private:
  std::string nothing_found() const {
    if (!set_.left_out.empty())
      return fmt::format("'{}' contains no image with a label mask ({}: {}): put the masks into a folder masks "
                         "beside images, and name each one as its image, or NAME_mask.png.",
                         root_.string(), set_.left_out.front().what, set_.left_out.front().reason);
    return fmt::format(
        "'{}' contains no images with label masks: give a folder with images/NAME.png and masks/NAME.png "
        "(0 for the background, a number for each object), or with masks/NAME/*.png (one file for each "
        "object).",
        root_.string());
  }

  std::string id_of(const fs::path& file) const { return file.lexically_relative(root_).generic_string(); }

  void read_below(const Content& content) {
    for (const fs::path& folder : content.folders) {
      if (fs::is_symlink(folder)) // it may lead back here
        continue;
      const Content inside = content_of(folder);
      if (!read_folder(folder, folder.filename().string(), inside))
        read_below(inside);
    }
  }

  /// @param name of the folder. @returns whether it has one of the layouts.
  bool read_folder(const fs::path& folder, const std::string& name, const Content& content) {
    const auto images = only_folder(content, image_folders, "images");
    const auto masks = only_folder(content, mask_folders, "masks");
    if (images && masks) {
      read_pair(content_of(*images).images, content_of(*masks), name);
      return true;
    }
    if (images) {
      const std::size_t before = set_.images.size();
      read_below(content); // masks may lie beside the images
      if (set_.images.size() == before)
        set_.left_out.push_back({folder == root_ ? name : id_of(folder), "it has images, but no folder with masks"});
      return true;
    }
    return read_mixed(content);
  }

  void read_pair(const std::vector<fs::path>& images, const Content& masks, const std::string& name) {
    ByName masks_by_name;
    for (const fs::path& file : masks.images)
      add(masks_by_name, file.stem().string(), file);
    for (const fs::path& folder : masks.folders)
      add(masks_by_name, folder.filename().string(), folder);
    if (images.size() == 1 && images[0].stem() == name && !masks.images.empty() &&
        matches_of(images[0], masks_by_name).empty()) {
      set_.images.push_back({id_of(images[0]), images[0], masks.images, true});
      return;
    }
    match(images, std::move(masks_by_name));
  }

  bool read_mixed(const Content& content) {
    std::vector<std::string> names;
    for (const fs::path& file : content.images)
      names.push_back(without_ending(file.stem().string(), image_endings));
    std::vector<fs::path> images;
    ByName masks;
    for (const fs::path& file : content.images) {
      const std::string stem = file.stem().string();
      const std::string of = without_ending(stem, mask_endings);
      if (of != stem && std::ranges::find(names, of) != names.end())
        add(masks, stem, file);
      else
        images.push_back(file);
    }
    if (masks.empty())
      return false;
    match(images, std::move(masks));
    return true;
  }

  /// The masks that an image may have.
  static std::vector<fs::path> matches_of(const fs::path& image, const ByName& masks) {
    const std::string stem = image.stem().string();
    std::vector<std::string> names{stem};
    if (const std::string shorter = without_ending(stem, image_endings); shorter != stem)
      names.push_back(shorter);
    std::vector<fs::path> found;
    for (const std::string& name : names) {
      if (const auto same = masks.find(name); same != masks.end())
        found.push_back(same->second);
      for (const std::string_view ending : mask_endings)
        if (const auto mask = masks.find(name + std::string(ending)); mask != masks.end())
          found.push_back(mask->second);
    }
    return found;
  }

  void match(const std::vector<fs::path>& images, ByName masks) {
    ByName by_name;
    for (const fs::path& file : images)
      add(by_name, file.stem().string(), file);
    std::vector<fs::path> used;
    for (const auto& [name, file] : by_name) {
      const std::vector<fs::path> found = matches_of(file, masks);
      if (found.size() > 1)
        throw Error(fmt::format("'{}' may have the mask '{}' or '{}': remove one of them.", file.string(),
                                found[0].string(), found[1].string()));
      if (found.empty()) {
        set_.left_out.push_back({id_of(file), "it has no label mask"});
        continue;
      }
      used.push_back(found[0]);
      if (!fs::is_directory(found[0])) {
        set_.images.push_back({id_of(file), file, found});
      } else if (const std::vector<fs::path> objects = content_of(found[0]).images; !objects.empty()) {
        set_.images.push_back({id_of(file), file, objects, true});
      } else {
        set_.left_out.push_back({id_of(file), fmt::format("'{}' contains no masks", id_of(found[0]))});
      }
    }
    for (const auto& [name, path] : masks)
      if (std::ranges::find(used, path) == used.end())
        set_.left_out.push_back({id_of(path), "a mask without an image"});
  }

  fs::path root_;
  LabelledSet set_;
};

} // namespace

LabelledSet read_label_masks(const fs::path& folder) {
  try {
    if (!fs::is_directory(folder))
      throw Error(fmt::format("'{}' {}: give a folder with images/NAME.png and masks/NAME.png.", folder.string(),
                              fs::exists(folder) ? "is no folder" : "does not exist"));
    return MaskReader(folder).read();
  } catch (const fs::filesystem_error& error) {
    throw Error(fmt::format("'{}' can't be read: {}: check the path and its permissions.", folder.string(),
                            error.code().message()));
  }
}

} // namespace scalescope
