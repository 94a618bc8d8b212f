#include "core/experiment/firmness.h"

#include <fmt/format.h>

#include <algorithm>

namespace scalescope {

std::optional<std::string> firmness_note(Protocol protocol, std::span<const ProbeLayer> layers, const Scores& scores) {
  constexpr double far = 100; // where channels fire for many pictures it is some tens at most
  std::vector<std::string> names;
  double farthest = 0;
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (scores[i].farthest > far) {
      names.push_back(layers[i].name);
      farthest = std::max(farthest, scores[i].farthest);
    }
  if (protocol != Protocol::Robust || names.empty())
    return std::nullopt;
  return fmt::format(
      "R2 is not firm at {}: channels that hardly ever fire make held-out features there lie up to {:.0f} "
      "standard deviations from those that the regression was fitted on; the protocol 'clipped' keeps "
      "them in range.",
      fmt::join(names, ", "), farthest);
}

} // namespace scalescope
