#pragma once

#include <string>

namespace scalescope {

/// "PROGRAM 0.1.0", and on a second line the versions of LibTorch, OpenVINO (where it is built in) and OpenCV.
[[nodiscard]] std::string version_text(const std::string& program);

} // namespace scalescope
