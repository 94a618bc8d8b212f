#pragma once
// The backgrounds of scenes.

#include "datasets/detail/random.h"
#include "datasets/scenes.h"

#include <opencv2/core.hpp>

#include <algorithm>
#include <cstdint>

namespace scalescope {

using Colour = cv::Vec3f; ///< red, green, blue, 0 to 1

/// @param hue in turns: 0 red, 1/3 green, 2/3 blue; any number. @param saturation,value 0 to 1.
[[nodiscard]] Colour from_hsv(double hue, double saturation, double value);

/// 0 below -width/2, 1 above width/2, smooth between.
[[nodiscard]] inline double soft_step(double x, double width) {
  const double t = std::clamp(x / width + 0.5, 0.0, 1.0);
  return t * t * (3 - 2 * t);
}

/// Smooth noise from 0 to 1 (both reached) whose octaves weaken as 1/f. Cells are those of the coarsest.
[[nodiscard]] cv::Mat1f noise(Random& random, int width, int height, int cells_across, int cells_down, int octaves = 6);

/// The backdrop as height x width colours.
[[nodiscard]] cv::Mat3f draw_backdrop(Backdrop kind, std::uint64_t seed, int width, int height);

} // namespace scalescope
