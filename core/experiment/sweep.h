#pragma once

#include <cstddef>
#include <vector>

namespace scalescope {

/// What the network said to the stage with its object at one scale.
struct SweepPoint {
  double fraction = 0;              ///< object scale of the frame
  std::vector<float> pooled;        ///< of the layer that was looked at
  std::vector<float> probabilities; ///< of the classes; empty for a network without them
};

/// The classes that are likeliest anywhere in a sweep, by their highest probability; `count` at the most.
[[nodiscard]] std::vector<std::size_t> likeliest_classes(const std::vector<SweepPoint>& sweep, std::size_t count);

} // namespace scalescope
