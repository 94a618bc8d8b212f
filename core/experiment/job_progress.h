#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace scalescope {

/// Where long work stands.
struct JobProgress {
  std::string stage;     ///< "images", "random weights", "fitting"
  std::int64_t done = 0; ///< of `total`: pictures, or thousandths when fitting
  std::int64_t total = 0;
};
using JobCallback = std::function<void(const JobProgress&)>;

} // namespace scalescope
