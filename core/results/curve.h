#pragma once

#include <span>
#include <string>
#include <vector>

namespace scalescope {

/// One curve over layers: one value per layer, with its spread.
struct CurveSeries {
  std::string name;                       ///< "trained weights", "random weights", ...
  std::vector<double> mean;               ///< one per layer; NaN leaves a gap
  std::vector<double> standard_deviation; ///< one per layer, drawn as error bars
  bool control = false;                   ///< drawn dashed and grey behind the others
};

/// A series' name as the name of a column or a field: "random weights" becomes "random_weights".
[[nodiscard]] std::string underscored(std::string name);

/// curve.csv: layer,depth,channels,r2_mean,r2_sd and the same pair for each further series, under its name. Numbers are
/// the shortest that read back equal; what is missing (NaN) stays empty. @param layers,depths,channels and each of
/// `series` with one entry per layer.
[[nodiscard]] std::string curve_csv(std::span<const std::string> layers, std::span<const int> depths,
                                    std::span<const int> channels, std::span<const CurveSeries> series);

} // namespace scalescope
