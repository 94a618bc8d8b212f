#pragma once

#include "core/jobs/curve_job.h"

namespace scalescope {

/// The main job: the curve of R2 by layer of a data set. What `scalescope-cli analyze` does.
struct AnalyzeJob : CurveJob {
  bool features = false; ///< write the pooled features too
  bool operator==(const AnalyzeJob&) const = default;
};

struct AnalyzeResult {
  SampleSet samples;
  Analysis analysis;
};

/// Runs it and writes its files. @throws Error naming what is wrong; Cancelled when stopped, and nothing is written.
[[nodiscard]] AnalyzeResult run(const AnalyzeJob& job, const JobWatch& watch = {}, const std::stop_token& stop = {});

} // namespace scalescope
