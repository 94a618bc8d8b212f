#include "core/report/detail/protocol_line.h"

#include <fmt/format.h>

namespace scalescope {

std::string protocol_line(const Folds& folds) {
  const auto repetitions = folds.repetitions.size();
  if (folds.protocol == Protocol::Paper)
    return fmt::format("least squares, mean ± sd over {} random 70/30 splits", repetitions);
  return fmt::format("ridge{}, grouped {}-fold, mean ± sd over {} repetitions",
                     folds.protocol == Protocol::Clipped ? " on clipped features" : "",
                     folds.repetitions.front().splits.size(), repetitions);
}

} // namespace scalescope
