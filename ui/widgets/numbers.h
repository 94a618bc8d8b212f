#pragma once

#include <QString>

#include <vector>

namespace scalescope {

/// A number for people: `digits` significant digits (always all before the point), a real minus sign, "n/a" for NaN.
[[nodiscard]] QString number_text(double value, int digits = 3);

/// Multiples of 1, 2 or 5 times a power of ten within [low, high], at most `at_most` of them.
[[nodiscard]] std::vector<double> nice_ticks(double low, double high, int at_most);
/// The label of a tick, with as many decimals as are needed to differ from its neighbours.
[[nodiscard]] QString tick_text(double tick, const std::vector<double>& ticks);

} // namespace scalescope
