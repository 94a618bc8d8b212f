#pragma once

#include "core/features/extract_samples.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace scalescope {

/// (1 + permutations that reach the observed value) / (1 + permutations): Phipson & Smyth 2010.
[[nodiscard]] double permutation_p(std::size_t reached, std::size_t permutations);

/// "0.04"; "<= 0.01" if no permutation reached the observed value: more permutations might give less.
[[nodiscard]] std::string p_number(double p, std::size_t permutations);
/// "p = 0.04 (99 permutations)", "p <= 0.01 (99 permutations)".
[[nodiscard]] std::string p_text(double p, std::size_t permutations);

/// A note for comparisons with permuted targets: the share of their variance that no permutation moves (see
/// kept_by_permutation), if it is at least 5 %.
/// @throws Error if no permutation changes any row's target, because then there is nothing to compare with.
[[nodiscard]] std::optional<std::string> permutation_note(const std::vector<Row>& rows);

} // namespace scalescope
