#pragma once

#include "core/experiment/curve_series.h"

#include <span>
#include <string>
#include <vector>

namespace scalescope {

/// A series' name as the name of a column or a field: "random weights" becomes "random_weights".
[[nodiscard]] std::string underscored(std::string name);

/// curve.csv: layer,depth,channels,r2_mean,r2_sd, r2_low,r2_high of the interval over images if there are intervals,
/// and the same for each further series, under its name. Numbers are the shortest that read back equal; what is missing
/// (NaN) stays empty. @param layers,depths,channels and each of `series` with one entry per layer.
[[nodiscard]] std::string curve_csv(std::span<const std::string> layers, std::span<const int> depths,
                                    std::span<const int> channels, std::span<const CurveSeries> series);

} // namespace scalescope
