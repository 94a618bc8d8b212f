#pragma once

#include "core/features/extract_samples.h"

#include <chrono>
#include <string>

namespace scalescope {

/// Shows on stderr where a job stands: on a terminal one line with a bar, the rate and the time left, drawn anew;
/// elsewhere a plain line at each tenth.
class ProgressLine {
 public:
  explicit ProgressLine(bool quiet);
  ~ProgressLine(); ///< Ends the line, so that what is printed next starts on its own.
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const JobProgress& progress);

 private:
  using Clock = std::chrono::steady_clock;
  bool quiet_;
  bool terminal_;
  bool open_ = false; ///< a line is on the screen without its end
  std::string stage_;
  Clock::time_point start_;
  Clock::time_point drawn_;
  int tenths_ = 0;
};

} // namespace scalescope
