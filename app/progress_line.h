#pragma once

#include "core/base/progress.h"

#include <chrono>
#include <string>

namespace scalescope {

/// Shows the progress of a job on stderr. On a terminal it is one line that is redrawn: a bar for the whole job, its
/// stage, the rate and the time left. Elsewhere it is a plain line at each tenth of a stage.
class ProgressLine {
 public:
  explicit ProgressLine(bool quiet);
  ~ProgressLine(); ///< Ends the line, so that the next output starts on a new line.
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const JobProgress& progress);
  void end(); ///< Ends the line now.

 private:
  using Clock = std::chrono::steady_clock;
  bool quiet_;
  bool terminal_;
  bool open_ = false; ///< a line is on the screen without its end
  std::string stage_;
  Clock::time_point start_; ///< of the job
  Clock::time_point stage_start_;
  Clock::time_point drawn_;
  int tenths_ = 0;
};

} // namespace scalescope
