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

std::vector<fs::path> images_below(const fs::path& folder, const std::stop_token& stop) {
  std::vector<fs::path> images;
  std::set<fs::path> entered{fs::canonical(folder)};
  const auto options = fs::directory_options::follow_directory_symlink | fs::directory_options::skip_permission_denied;
  fs::recursive_directory_iterator entry(folder, options);
  for (; entry != fs::recursive_directory_iterator(); ++entry) {
    if (stop.stop_requested())
      throw Cancelled();
    std::error_code ignored; // for a broken link
    if (is_hidden(entry->path()) || is_clutter(entry->path()))
      entry.disable_recursion_pending();
    else if (entry->is_directory(ignored)) {
      if (!entered.insert(fs::canonical(entry->path())).second)
        entry.disable_recursion_pending();
    } else if (is_named_as_image(entry->path()) && entry->is_regular_file(ignored)) {
      images.push_back(entry->path().lexically_relative(folder));
    }
  }
  std::ranges::sort(images, {}, [](const fs::path& file) { return file.generic_string(); });
  return images;
}

} // namespace scalescope
