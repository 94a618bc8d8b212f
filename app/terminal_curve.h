#pragma once

#include "core/experiment/analysis.h"

#include <string>

namespace scalescope {

/// A curve as text: one line per layer with its R2, a bar from 0 to 1 (#), and the value of the control random weights,
/// if there is one (|).
[[nodiscard]] std::string terminal_curve(const Analysis& analysis);

} // namespace scalescope
