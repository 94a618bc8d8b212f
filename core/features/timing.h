#pragma once

#include "core/network/network.h"

#include <functional>
#include <span>
#include <stop_token>
#include <vector>

namespace scalescope {

/// Random images like preprocessed ones (zeros could be processed faster): n x 3 x side x side values from the standard
/// normal distribution, the same each time; for a network of one channel three times the same plane.
[[nodiscard]] std::vector<float> random_images(int n, int side, const InputForm& form);

/// The median time in seconds of each of several pieces of work; the median ignores disturbed runs. They run in turn,
/// so that a drift of the machine's speed affects all equally. Each runs once before, because the first run allocates
/// and compiles.
/// @param seconds to spend on each, at least three runs. @throws Cancelled when stopped, after the run under way.
[[nodiscard]] std::vector<double> median_seconds(std::span<const std::function<void()>> work, double seconds,
                                                 const std::stop_token& stop = {});

} // namespace scalescope
