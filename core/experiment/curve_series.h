#pragma once

#include "core/probe/bootstrap.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace scalescope {

/// One curve over layers: one value per layer, with its spread.
struct CurveSeries {
  std::string name;                       ///< "trained weights", "random weights", ...
  std::vector<double> mean;               ///< one per layer; NaN leaves a gap
  std::vector<double> standard_deviation; ///< one per layer, drawn as error bars if there are no intervals
  bool control = false;                   ///< drawn dashed and grey behind the others
  std::vector<Interval> intervals = {};   ///< over images, drawn as error bars; one per layer, or none
  /// Of a control: the curve of the same figure that it belongs to, whose colour it gets.
  std::optional<std::size_t> control_of = {};

  /// Whether any layer has an interval.
  [[nodiscard]] bool has_intervals() const {
    return std::ranges::any_of(intervals, [](const Interval& one) { return one.exists(); });
  }
};

} // namespace scalescope
