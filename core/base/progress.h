#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace scalescope {

/// Where long work stands.
struct JobProgress {
  std::string stage;     ///< "images", "random weights", "fitting"
  std::int64_t done = 0; ///< of `total`: images, or thousandths when fitting
  std::int64_t total = 0;
};
using JobCallback = std::function<void(const JobProgress&)>;

/// Tells the progress of one of several equal parts as that of the whole. `progress` must outlive it.
[[nodiscard]] inline JobCallback part_of(const JobCallback& progress, std::size_t part, std::size_t parts) {
  return [&progress, part, parts](const JobProgress& p) {
    if (progress)
      progress(
          {p.stage, static_cast<std::int64_t>(part) * p.total + p.done, static_cast<std::int64_t>(parts) * p.total});
  };
}

} // namespace scalescope
