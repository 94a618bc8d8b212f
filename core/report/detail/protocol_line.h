#pragma once

#include "core/probe/folds.h"

#include <string>

namespace scalescope {

/// By which protocol, in a few words for a figure.
[[nodiscard]] std::string protocol_line(const Folds& folds);

} // namespace scalescope
