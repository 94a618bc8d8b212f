#include "datasets/image_files.h"

#include "core/base/error.h"
#include "datasets/detail/file_names.h"
#include "datasets/detail/folder_files.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>

namespace scalescope {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

bool is_named_as_image(const std::filesystem::path& file) {
  constexpr std::array known{".png"sv, ".tif"sv, ".tiff"sv, ".jpg"sv, ".jpeg"sv, ".bmp"sv, ".webp"sv};
  return std::ranges::find(known, lower(file.extension().string())) != known.end();
}

namespace {

/// Adds the images of a folder. @param entered all folders so far, because links may lead back to one.
void add_images(const fs::path& folder, std::set<fs::path>& entered, const std::stop_token& stop,
                std::vector<fs::path>& images) {
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  // It may have vanished since it was listed, or belong to somebody else.
  if (error == std::errc::no_such_file_or_directory || error == std::errc::permission_denied)
    return;
  if (error)
    throw fs::filesystem_error("images_below", folder, error);
  for (const fs::directory_entry& entry : entries) {
    if (stop.stop_requested())
      throw Cancelled();
    std::error_code ignored; // for a broken link
    if (is_hidden(entry.path()) || is_clutter(entry.path()))
      continue;
    if (entry.is_directory(ignored)) {
      if (const fs::path real = fs::canonical(entry.path(), ignored); !ignored && entered.insert(real).second)
        add_images(entry.path(), entered, stop, images);
    } else if (is_named_as_image(entry.path()) && entry.is_regular_file(ignored)) {
      images.push_back(entry.path());
    }
  }
}

} // namespace

std::vector<fs::path> images_below(const fs::path& folder, const std::stop_token& stop) {
  std::set<fs::path> entered{fs::canonical(folder)};
  std::vector<fs::path> images;
  add_images(folder, entered, stop, images);
  for (fs::path& image : images)
    image = image.lexically_relative(folder);
  std::ranges::sort(images, {}, [](const fs::path& file) { return file.generic_string(); });
  return images;
}

} // namespace scalescope
