#pragma once

#include <opencv2/core.hpp>

#include <cstdint>
#include <optional>

namespace scalescope {

/// Continues the surroundings into the hole with patches of them, at a scale where the hole is small enough to take a
/// fraction of a second; the details come from the patches at full resolution.
/// @param hole 0 or 255. @param seed of the search for patches.
/// @return nothing where the surroundings have no room for a patch.
[[nodiscard]] std::optional<cv::Mat3b> inpaint(const cv::Mat3b& image, const cv::Mat1b& hole, std::uint64_t seed);

} // namespace scalescope
