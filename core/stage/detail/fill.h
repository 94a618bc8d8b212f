#pragma once
// Fills areas of an image.

#include "core/stage/segment.h"

#include <opencv2/core.hpp>

#include <cstdint>
#include <string>

namespace scalescope {

/// Continues the known pixels smoothly into all others: a pyramid of means of the known ones, filled from its top
/// (pull-push, Gortler et al. 1996).
/// @param known 0 or 255, 255 somewhere.
[[nodiscard]] cv::Mat3b extend(const cv::Mat3b& image, const cv::Mat1b& known);

struct Filled {
  cv::Mat3b image;
  std::string note; ///< empty, or a sentence about a deviation from the settings
};

/// The image with new pixels in the hole; all other pixels stay the same.
/// @param hole 0 or 255, 0 somewhere.
[[nodiscard]] Filled fill(const cv::Mat3b& image, const cv::Mat1b& hole, Fill how, std::uint64_t seed);

} // namespace scalescope
