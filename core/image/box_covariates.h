#pragma once

#include "core/image/bounding_box.h"

#include <array>
#include <vector>

namespace scalescope {

/// What else than its size is known of an object from its box: numbers from which scale might be guessed without
/// looking at the object. A large object is near the middle, touches the edges, and so on.
inline constexpr std::array box_covariate_names = {
    "centre x",      // share of the image's width
    "centre y",      // share of the image's height
    "distance in x", // of the centre from the image's middle, squared, as shares of the width
    "distance in y", // likewise
    "aspect",        // natural logarithm of the box's width by its height
    "image width",   // natural logarithm of pixels
    "image height",  // likewise
    "edges touched", // of the image, to within half a pixel: 0 to 4
};

/// These numbers, in that order. @param box in pixels of the image; clipped to it first.
[[nodiscard]] std::vector<double> box_covariates(const BoundingBox& box, double image_width, double image_height);

} // namespace scalescope
