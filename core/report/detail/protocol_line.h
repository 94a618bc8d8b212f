#pragma once

#include "core/probe/folds.h"

#include <string>

namespace scalescope {

/// The protocol in a few words, for a figure.
/// @param intervals the bars of the figure are intervals over images, else standard deviations over the repetitions.
[[nodiscard]] std::string protocol_line(const Folds& folds, bool intervals = false);

} // namespace scalescope
