#pragma once

#include "core/experiment/layer_measures.h"

#include <string>

namespace scalescope {

/// A map of values as an SVG document with real text, on white: one square for each value, from white (0 and below) to
/// dark blue (1 and above), the highest of each row framed.
[[nodiscard]] std::string to_svg(const MeasureMap& map);

} // namespace scalescope
