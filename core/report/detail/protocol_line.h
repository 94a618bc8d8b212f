#pragma once

#include "core/probe/folds.h"

#include <string>

namespace scalescope {

/// The protocol in a few words, for a figure.
[[nodiscard]] std::string protocol_line(const Folds& folds);

} // namespace scalescope
