#pragma once
// Private to core/network.

#include <exception>
#include <string>

namespace scalescope {

/// The first line of what torch or OpenVINO says, without the C++ stack trace behind it and without a full stop.
[[nodiscard]] std::string cause_of(const std::exception& e);

} // namespace scalescope
