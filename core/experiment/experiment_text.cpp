#include "core/experiment/experiment_text.h"

namespace scalescope {
namespace {

const std::string reading_remark =
    "R² is measured on held-out rows: 1 is perfect, 0 is no better than always guessing the mean, negative is worse. "
    "If a number can be read linearly from a layer, this does not show that the network uses it.";
const std::string controls_remark =
    "Controls: 'random weights' is the same architecture with random weights (each repetition belongs to one of the "
    "draws); it shows what the architecture alone gives. 'Random scale' permutes the targets, among groups and within "
    "them, for each repetition; it shows what the protocol alone gives, and should be near 0.";

} // namespace

std::vector<std::string> curve_remarks(std::vector<std::string> own) {
  own.insert(own.begin(), {reading_remark, controls_remark});
  return own;
}

} // namespace scalescope
