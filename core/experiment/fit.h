#pragma once

#include "core/experiment/analysis.h"

#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>

namespace scalescope {

/// One finished point of a curve: Analysis::scores[layer].r2[repetition], or that of a control.
struct CurvePoint {
  std::string control; ///< "" for the network itself, else ControlCurve::name
  std::size_t layer = 0;
  std::size_t repetition = 0;
  double r2 = 0;
};
using OnCurvePoint = std::function<void(const CurvePoint&)>;

/// The second half of an analysis, without the network: regresses the target on each layer's pooled features.
/// @param progress,partial are called from any thread, one call at a time.
/// @throws Error, Cancelled when stopped.
[[nodiscard]] Analysis fit(Collected collected, const AnalysisSettings& settings, int threads,
                           std::stop_token stop = {}, const JobCallback& progress = {},
                           const OnCurvePoint& partial = {});

} // namespace scalescope
