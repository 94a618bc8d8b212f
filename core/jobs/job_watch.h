#pragma once

#include "core/base/progress.h"
#include "core/image/sample.h"

#include <functional>
#include <string>
#include <vector>

namespace scalescope {

/// Callbacks through which a job reports while it runs. Each may be empty. `progress` is called from any thread, one
/// call at a time; the others in the thread that runs the job.
struct JobWatch {
  JobCallback progress;                                      ///< JobProgress::whole is that of the whole job
  std::function<void(const std::string& sentence)> starting; ///< a summary of the run, before it starts
  std::function<void(const std::string& note)> note;         ///< a message for the user
  std::function<void(const std::vector<Remark>&)> remarks;   ///< see Remark
  std::function<void(const std::vector<LeftOut>&)> left_out; ///< what could not be taken, with reasons

  void say(const std::string& sentence) const {
    if (note)
      note(sentence);
  }
  void say(const std::vector<Remark>& all) const {
    if (remarks)
      remarks(all);
  }
};

} // namespace scalescope
