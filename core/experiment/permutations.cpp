#include "core/experiment/permutations.h"

#include "core/base/error.h"

#include <fmt/format.h>

namespace scalescope {

double permutation_p(std::size_t reached, std::size_t permutations) {
  return (1.0 + static_cast<double>(reached)) / (1.0 + static_cast<double>(permutations));
}

std::string p_number(double p, std::size_t permutations) {
  return fmt::format("{}{:.3g}", p <= permutation_p(0, permutations) ? "<= " : "", p);
}

std::string p_text(double p, std::size_t permutations) {
  return fmt::format("p {}{} ({} permutation{})", p <= permutation_p(0, permutations) ? "" : "= ",
                     p_number(p, permutations), permutations, permutations == 1 ? "" : "s");
}

std::optional<std::string> permutation_note(const std::vector<Row>& rows) {
  constexpr double little = 0.05;
  std::vector<double> targets;
  std::vector<std::string> groups;
  for (const Row& row : rows) {
    targets.push_back(row.target);
    groups.push_back(row.group);
  }
  const double kept = kept_by_permutation(targets, groups);
  if (kept > 1 - 1e-9)
    throw Error("The targets can't be permuted among the groups: the rows of a group have the same target, and no two "
                "groups with different targets have the same number of rows. Give other groups, or switch off random "
                "scale and permutations.");
  if (kept < little)
    return std::nullopt;
  return fmt::format(
      "Groups exchange targets only with groups of the same number of rows, so {:.0f} % of the targets' variance stays "
      "in place in every permutation. Random scale can read this part, and p counts it as chance.",
      100 * kept);
}

} // namespace scalescope
