#pragma once

#include "core/experiment/analysis.h"

#include <string>

namespace scalescope {

/// A curve as text: a line a layer with its R2, a bar from 0 to 1 (#), and where random weights, if they were a
/// control, get to (|).
[[nodiscard]] std::string terminal_curve(const Analysis& analysis);

} // namespace scalescope
