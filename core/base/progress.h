#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace scalescope {

/// Where long work stands.
struct JobProgress {
  std::string stage;     ///< "images", "random weights", "fitting"
  std::int64_t done = 0; ///< of `total`: images, or thousandths when fitting
  std::int64_t total = 0;
  double whole = 0; ///< share of the whole job that is done, 0 to 1: see whole_of
};
using JobCallback = std::function<void(const JobProgress&)>;

/// Counts one of several equal parts as its share of all: `done` and `total`, not `whole`. `progress` must outlive it.
[[nodiscard]] inline JobCallback part_of(const JobCallback& progress, std::size_t part, std::size_t parts) {
  return [&progress, part, parts](const JobProgress& p) {
    if (progress)
      progress(
          {p.stage, static_cast<std::int64_t>(part) * p.total + p.done, static_cast<std::int64_t>(parts) * p.total});
  };
}

/// A stage of a job, and about how long it takes beside the others.
struct StageWeight {
  std::string stage;
  double weight = 1;
};

/// A callback that fills in JobProgress::whole before it tells `progress`: stages come in this order, each with its
/// weight. A stage that is not among them counts as the one before it.
[[nodiscard]] JobCallback whole_of(JobCallback progress, std::vector<StageWeight> stages);

/// A callback for one part of a larger job: its JobProgress::whole, 0 to 1, is told as a share between `from` and `to`.
[[nodiscard]] JobCallback between(JobCallback progress, double from, double to);

} // namespace scalescope
