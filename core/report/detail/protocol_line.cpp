#include "core/report/detail/protocol_line.h"

#include <fmt/format.h>

namespace scalescope {

std::string protocol_line(const Folds& folds, bool intervals) {
  const auto repetitions = folds.repetitions.size();
  if (folds.protocol == Protocol::Paper)
    return fmt::format("least squares, mean ± sd over {} random 70/30 splits", repetitions);
  return fmt::format("ridge ({}), {}-fold over images, mean{} of {} repetitions{}",
                     folds.protocol == Protocol::Ridge ? "clipped" : "unclipped",
                     folds.repetitions.front().splits.size(), intervals ? "" : " ± sd", repetitions,
                     intervals ? ", bars: 95 % interval over images" : "");
}

} // namespace scalescope
