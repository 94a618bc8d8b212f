#include "core/base/installed.h"

#include <cstdlib>
#include <vector>

namespace scalescope {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> data_folders() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return fs::path(value == nullptr ? "" : value);
  };
  std::vector<fs::path> folders;
  if (const auto data = variable("XDG_DATA_HOME"); !data.empty())
    folders.push_back(data / "scalescope");
  else if (const auto home = variable("HOME"); !home.empty())
    folders.push_back(home / ".local/share/scalescope");
  std::error_code none; // without /proc only the usual places remain
  if (const fs::path program = fs::read_symlink("/proc/self/exe", none); !none)
    folders.push_back(program.parent_path().parent_path() / "share/scalescope");
  folders.emplace_back("/usr/local/share/scalescope");
  folders.emplace_back("/usr/share/scalescope");
  return folders;
}

} // namespace

fs::path find_installed(const std::string& name) {
  for (const auto& folder : data_folders())
    if (std::error_code ignored; fs::exists(folder / name, ignored))
      return folder / name;
  return {};
}

} // namespace scalescope
