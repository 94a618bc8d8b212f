#pragma once

#include "core/features/extract_samples.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace scalescope {

/// (1 + permutations that reach what was found) / (1 + permutations): Phipson & Smyth 2010.
[[nodiscard]] double permutation_p(std::size_t reached, std::size_t permutations);

/// "0.04"; "<= 0.01" where no permutation reached what was found: more of them might give less.
[[nodiscard]] std::string p_number(double p, std::size_t permutations);
/// "p = 0.04 (99 permutations)", "p <= 0.01 (99 permutations)".
[[nodiscard]] std::string p_text(double p, std::size_t permutations);

/// What a person should know who compares with permuted targets: how much of their variance no permutation moves (see
/// kept_by_permutation), from 5 % on.
/// @throws Error where no permutation changes any row's target, so that there is nothing to compare with.
[[nodiscard]] std::optional<std::string> permutation_note(const std::vector<Row>& rows);

} // namespace scalescope
