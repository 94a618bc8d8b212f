#pragma once

#include <cstddef>
#include <vector>

namespace scalescope {

/// The network's response with the object at one scale.
struct SweepPoint {
  double fraction = 0;              ///< object scale of the frame
  std::vector<float> pooled;        ///< pooled features of the chosen layer
  std::vector<float> probabilities; ///< of the classes; empty for a network without them
};

/// The classes with the highest probabilities anywhere in a sweep; at most `count`.
[[nodiscard]] std::vector<std::size_t> likeliest_classes(const std::vector<SweepPoint>& sweep, std::size_t count);

} // namespace scalescope
