#pragma once

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

} // namespace scalescope
