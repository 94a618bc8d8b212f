#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace scalescope {

/// The progress of long work.
struct JobProgress {
  std::string stage;     ///< "annotations", "images", "random weights", "fitting"
  std::int64_t done = 0; ///< of `total`: images, or thousandths when fitting or reading annotations
  std::int64_t total = 0;
  double whole = 0; ///< share of the whole job that is done, 0 to 1: see whole_of
};
using JobCallback = std::function<void(const JobProgress&)>;

/// Converts the progress of one of several equal parts to that of all parts (`done` and `total`, not `whole`).
/// `progress` must outlive it.
[[nodiscard]] inline JobCallback part_of(const JobCallback& progress, std::size_t part, std::size_t parts) {
  return [&progress, part, parts](const JobProgress& p) {
    if (progress)
      progress(
          {p.stage, static_cast<std::int64_t>(part) * p.total + p.done, static_cast<std::int64_t>(parts) * p.total});
  };
}

/// A stage of a job, and its approximate share of the time.
struct StageWeight {
  std::string stage;
  double weight = 1;
};

/// A callback that sets JobProgress::whole and then calls `progress`. Stages come in this order, each with its weight.
/// An unknown stage counts as the previous one.
[[nodiscard]] JobCallback whole_of(JobCallback progress, std::vector<StageWeight> stages);

/// A callback for one part of a larger job: maps its JobProgress::whole, 0 to 1, to the range `from` to `to`.
[[nodiscard]] JobCallback between(JobCallback progress, double from, double to);

} // namespace scalescope
