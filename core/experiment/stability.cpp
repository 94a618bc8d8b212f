#include "core/experiment/stability.h"

#include <fmt/format.h>

#include <algorithm>

namespace scalescope {

std::optional<std::string> stability_note(Protocol protocol, std::span<const ProbeLayer> layers, const Scores& scores) {
  constexpr double far = 100; // if a channel is active for many images, it is at most a few tens
  constexpr std::size_t most_named = 4;
  std::vector<std::size_t> risky;
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (protocol == Protocol::Robust && scores[i].largest_z_score > far)
      risky.push_back(i);
  if (risky.empty())
    return std::nullopt;
  const double largest_z_score =
      scores[*std::ranges::max_element(risky, {}, [&](std::size_t i) { return scores[i].largest_z_score; })]
          .largest_z_score;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(risky.size(), most_named); ++i)
    names.push_back(layers[risky[i]].name);
  return fmt::format("R2 may depend on a few outlier images at {}{}: held-out features are up to {:.0f} standard "
                     "deviations from the mean; the protocol 'clipped' clips them to the range of the fitted ones.",
                     fmt::join(names, ", "),
                     risky.size() > most_named ? fmt::format(" and {} more layers", risky.size() - most_named) : "",
                     largest_z_score);
}

} // namespace scalescope
