#pragma once

#include <span>

namespace scalescope {

/// @param values at least one.
[[nodiscard]] double mean_of(std::span<const double> values);
/// The population standard deviation: divides by the number of values. @param values at least one.
[[nodiscard]] double standard_deviation_of(std::span<const double> values);

} // namespace scalescope
