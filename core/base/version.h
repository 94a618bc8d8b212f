#pragma once

namespace scalescope {

/// "0.1.0": of ScaleScope, as the project says it.
[[nodiscard]] const char* scalescope_version();

} // namespace scalescope
