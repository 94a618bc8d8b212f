#pragma once

#include <opencv2/core.hpp>

#include <cstdint>
#include <optional>

namespace scalescope {

/// Fills the hole with patches of the surroundings, at a scale where this takes a fraction of a second; the details
/// come from the patches at full resolution.
/// @param hole 0 or 255. @param seed of the search for patches.
/// @return no value if the surroundings are too small for a patch.
[[nodiscard]] std::optional<cv::Mat3b> inpaint(const cv::Mat3b& image, const cv::Mat1b& hole, std::uint64_t seed);

} // namespace scalescope
