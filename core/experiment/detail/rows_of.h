#pragma once
// Private to this library.

#include "core/features/extract_samples.h"

#include <cstdint>
#include <string>
#include <vector>

namespace scalescope {

/// The rows' members, each as a list.
struct TargetsAndGroups {
  std::vector<std::string> ids;
  std::vector<std::string> groups;
  std::vector<double> targets;
};

[[nodiscard]] inline TargetsAndGroups targets_and_groups(const std::vector<Row>& rows) {
  TargetsAndGroups result;
  for (const Row& row : rows) {
    result.ids.push_back(row.id);
    result.groups.push_back(row.group);
    result.targets.push_back(row.target);
  }
  return result;
}

/// Counted from the seed of the first repetition; that of an analysis's resamples.
inline constexpr std::uint32_t seed_of_resamples = 2'000'000;

} // namespace scalescope
