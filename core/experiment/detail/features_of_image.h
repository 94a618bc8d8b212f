#pragma once
// What several experiments ask of the features of one image (private to this library).

#include "core/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>

namespace scalescope {

/// The cosine of the angle between two vectors; 0 if one of them is all zero.
[[nodiscard]] inline double cosine_of(std::span<const float> a, std::span<const float> b) {
  double dot = 0;
  double a_squared = 0;
  double b_squared = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    dot += static_cast<double>(a[i]) * b[i];
    a_squared += static_cast<double>(a[i]) * a[i];
    b_squared += static_cast<double>(b[i]) * b[i];
  }
  const double norms = std::sqrt(a_squared * b_squared);
  return norms > 0 ? dot / norms : 0;
}

/// @throws Error naming layer and image if a feature is NaN or infinite.
inline void check_finite(std::span<const float> features, const std::string& layer, const std::string& image) {
  if (!std::ranges::all_of(features, [](float value) { return std::isfinite(value); }))
    throw Error(fmt::format("The layer {} gives features that are not finite (NaN or infinity) for {}; leave out the "
                            "layer with --layers, or use float32.",
                            layer, image));
}

} // namespace scalescope
