#pragma once
// Finds the object in a box.

#include <opencv2/core.hpp>

#include <cstdint>
#include <optional>

namespace scalescope {

/// GrabCut on a copy of the box and its surroundings that is small enough to take a fraction of a second.
/// @param box within the image.
/// @return as large as the image, 0 to 1, with a border as smooth as the copy allows; no value if no object is found
/// (all of the box, or nearly nothing of it, looks like its surroundings; or there are none).
[[nodiscard]] std::optional<cv::Mat1f> find_object(const cv::Mat3b& image, const cv::Rect2d& box, std::uint64_t seed);

} // namespace scalescope
