#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace scalescope {

/// The inner products of the features of all pairs of rows, after the mean of each feature was subtracted.
struct GramMatrix {
  std::size_t rows = 0;
  std::vector<double> values; ///< rows x rows
};

/// @param features rows x channels.
[[nodiscard]] GramMatrix gram_matrix(std::span<const float> features, std::size_t rows);

/// Linear centred kernel alignment (CKA) of two layers over the same rows: |Y'X|^2 / (|X'X| |Y'Y|), with Frobenius
/// norms (Kornblith et al. 2019, equation 5 for linear kernels). 1: the features are the same but for a rotation and a
/// scale. It is biased: with more channels than rows it is high for unrelated features, too. NaN for constant features.
[[nodiscard]] double linear_cka(const GramMatrix& x, const GramMatrix& y);

/// The same from unbiased estimates of its three parts (HSIC_1 of Song et al. 2012, equation 5; Nguyen et al. 2021,
/// equation 3). About 0 for unrelated features, and sometimes below. NaN for fewer than 4 rows.
[[nodiscard]] double unbiased_cka(const GramMatrix& x, const GramMatrix& y);

/// The standard error of unbiased_cka: the jackknife that leaves out one group of rows at a time (Efron & Tibshirani
/// 1993, equation 11.5). @param groups of the rows. NaN for fewer than two groups.
[[nodiscard]] double standard_error_of_cka(const GramMatrix& x, const GramMatrix& y,
                                           std::span<const std::string> groups);

} // namespace scalescope
