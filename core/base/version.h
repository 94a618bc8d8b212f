#pragma once

namespace scalescope {

/// The version of ScaleScope in CMakeLists.txt, such as "0.1.0".
[[nodiscard]] const char* scalescope_version();

} // namespace scalescope
