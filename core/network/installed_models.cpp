#include "core/network/network.h"

#include <cstdlib>

namespace scalescope {
namespace {

std::vector<std::filesystem::path> model_folders() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::filesystem::path(value == nullptr ? "" : value);
  };
  std::vector<std::filesystem::path> folders;
  if (const auto named = variable("SCALESCOPE_MODELS"); !named.empty())
    folders.push_back(named);
  if (const auto data = variable("XDG_DATA_HOME"); !data.empty())
    folders.push_back(data / "scalescope/models");
  else if (const auto home = variable("HOME"); !home.empty())
    folders.push_back(home / ".local/share/scalescope/models");
  folders.emplace_back("/usr/local/share/scalescope/models");
  folders.emplace_back("/usr/share/scalescope/models");
  return folders;
}

} // namespace

std::filesystem::path find_installed_model(const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos)
    return {};
  for (const auto& folder : model_folders())
    for (const char* extension : {".pth", ".pt", ".safetensors"}) {
      auto file = folder / (name + extension);
      std::error_code ignored;
      if (std::filesystem::is_regular_file(file, ignored))
        return file;
    }
  return {};
}

} // namespace scalescope
