#pragma once

#include <span>

namespace scalescope {

/// Mean of |truth - predicted|, in the unit of both. @param truth,predicted of the same length, at least one.
[[nodiscard]] double mean_absolute_error(std::span<const double> truth, std::span<const double> predicted);

/// Cohen's kappa (Cohen 1960): (p_o - p_e) / (1 - p_e), where p_o is the share of items to which both give the same
/// class and p_e what that share would be if each gave its classes at random, as often as it does. 1 is full agreement,
/// 0 no more than chance. NaN where it is not defined: both give one class to all, as in scikit-learn.
/// @param a,b classes 0, 1, ... of the same items, of the same length, at least one.
[[nodiscard]] double cohen_kappa(std::span<const int> a, std::span<const int> b);

/// The place of the value that is nearest to x; of two that are equally near, the first. @param values at least one.
[[nodiscard]] int nearest_class(double x, std::span<const double> values);

} // namespace scalescope
