#pragma once

#include "core/experiment/analysis.h"
#include "ui/curve_data.h"

#include <map>
#include <string>
#include <vector>

namespace scalescope {

/// A curve that grows while an analysis computes it: values come one by one, in any order.
class GrowingCurve {
 public:
  GrowingCurve() = default;
  /// @param network for the title. @param depths,channels of the layers.
  GrowingCurve(std::string network, std::vector<std::string> layers, std::vector<int> depths,
               std::vector<int> channels);
  void add(const PartialCurve& part);
  void finish() { partial_ = false; }
  [[nodiscard]] CurveData data() const; ///< means over the repetitions that are there; NaN where there is none
  [[nodiscard]] bool empty() const { return layers_.empty(); }

 private:
  std::string network_;
  std::vector<std::string> layers_;
  std::vector<int> depths_;
  std::vector<int> channels_;
  std::map<std::string, std::vector<std::vector<double>>> values_; ///< R2 by control, layer, as they came
  bool partial_ = true;
};

} // namespace scalescope
