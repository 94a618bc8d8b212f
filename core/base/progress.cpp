#include "core/base/progress.h"

#include <algorithm>
#include <memory>
#include <numeric>

namespace scalescope {

JobCallback whole_of(JobCallback progress, std::vector<StageWeight> stages) {
  if (!progress)
    return {};
  const double sum = std::accumulate(stages.begin(), stages.end(), 0.0,
                                     [](double all, const StageWeight& one) { return all + one.weight; });
  const auto reached = std::make_shared<double>(0); // never decreases
  return [progress = std::move(progress), stages = std::move(stages), sum, reached](JobProgress now) {
    double before = 0;
    for (const StageWeight& one : stages) {
      if (one.stage == now.stage) {
        const double share =
            now.total > 0 ? std::clamp(static_cast<double>(now.done) / static_cast<double>(now.total), 0.0, 1.0) : 0;
        *reached = std::max(*reached, (before + share * one.weight) / sum);
        break;
      }
      before += one.weight;
    }
    now.whole = *reached;
    progress(now);
  };
}

JobCallback between(JobCallback progress, double from, double to) {
  if (!progress)
    return {};
  return [progress = std::move(progress), from, to](JobProgress now) {
    now.whole = from + (to - from) * now.whole;
    progress(now);
  };
}

} // namespace scalescope
