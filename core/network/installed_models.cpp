#include "core/network/installed_models.h"

#include "core/base/installed.h"

#include <cstdlib>

namespace scalescope {

std::filesystem::path find_installed_model(const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos)
    return {};
  const char* named = std::getenv("SCALESCOPE_MODELS"); // a folder of models that is searched first
  for (const char* extension : {".pth", ".pt", ".safetensors"}) {
    std::error_code ignored;
    if (named != nullptr && *named != '\0')
      if (auto file = std::filesystem::path(named) / (name + extension);
          std::filesystem::is_regular_file(file, ignored))
        return file;
  }
  for (const char* extension : {".pth", ".pt", ".safetensors"})
    if (auto file = find_installed("models/" + name + extension); !file.empty())
      return file;
  return {};
}

} // namespace scalescope
