#include "app/version.h"

#include "core/base/version.h"

#include "core/image/image.h"
#include "core/image/read_image.h"
#include "core/network/engines.h"

#include <fmt/format.h>

namespace scalescope {

std::string version_text(const std::string& program) {
  return fmt::format("{} {}\n{}, OpenCV {}", program, scalescope_version(), engine_versions(), opencv_version());
}

} // namespace scalescope
