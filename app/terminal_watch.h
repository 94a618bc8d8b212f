#pragma once

#include "app/progress_line.h"
#include "core/jobs/job_watch.h"

namespace scalescope {

/// How a job reports: for a person (progress, notes and what was left out on standard error; the start of work on
/// standard output), or as JSON lines on standard output for a program.
enum class Output {
  Person,
  Quiet, ///< only errors and what was left out
  JsonLines
};

class TerminalWatch {
 public:
  explicit TerminalWatch(Output output);
  [[nodiscard]] JobWatch watch(); ///< must not outlive this
  /// Ends the progress line, so that the next output starts on a new line.
  void end_line() { line_.end(); }

 private:
  void show(const JobProgress& progress);
  void note(const std::string& text);
  void remarks(const std::vector<Remark>& all);
  void left_out(const std::vector<LeftOut>& all);

  Output output_;
  ProgressLine line_;
};

} // namespace scalescope
