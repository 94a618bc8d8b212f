#pragma once

#include "core/probe/probe.h"

#include <QString>

#include <optional>

namespace scalescope {

/// How far what a regression reads from an image can be trusted.
struct ReadingTrust {
  QString guess;     ///< a sentence where it is a guess, and why; else empty
  QString fitted_on; ///< what the regression was fitted on, and how far the image is from that; empty: not known
};

/// It is a guess where the true target lies beyond those that were fitted, or the image is unlike those that were:
/// see Regression::covers. @param outside Regression::outside of the image. @param target the true one, where it is
/// known. @param as_text writes a target as a person reads it.
[[nodiscard]] ReadingTrust trust_of(const Regression& regression, double outside, std::optional<double> target,
                                    QString (*as_text)(double target));

} // namespace scalescope
