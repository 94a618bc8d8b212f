#pragma once

#include <functional>
#include <span>
#include <stop_token>
#include <vector>

namespace scalescope {

/// Images like preprocessed images (zeros could take short cuts): n x 3 x side x side values from the standard normal
/// distribution, the same each time.
[[nodiscard]] std::vector<float> random_images(int n, int side);

/// The median time in seconds of each of several pieces of work; it does not see the runs in which the machine did
/// something else. They run in turn, so that a machine whose speed drifts treats them alike; once before, as the first
/// run of a shape allocates and compiles.
/// @param seconds to spend on each, at least three runs. @throws Cancelled when stopped, after the run under way.
[[nodiscard]] std::vector<double> median_seconds(std::span<const std::function<void()>> work, double seconds,
                                                 const std::stop_token& stop = {});

} // namespace scalescope
