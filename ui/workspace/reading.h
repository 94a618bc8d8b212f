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

/// What the chosen layer's regression reads from the frame on the stage, and what is true of it.
struct Reading {
  QString layer;
  QString target;              ///< that is read: object_scale_name, or a column's name
  double scale = 0;            ///< of the object in the frame
  double original_scale = 0;   ///< in the image as it is
  std::optional<double> value; ///< of the target; nothing until the layer is analysed
  std::optional<double> truth; ///< the target's: the frame's scale, or else the original image's value, where known
  ReadingTrust trust;          ///< of `value`

  [[nodiscard]] bool of_scale() const;
};

/// A fraction of the image as a person reads it: "24.1 %".
[[nodiscard]] QString scale_text(double fraction);
/// A value of another target.
[[nodiscard]] QString value_text(double value);

} // namespace scalescope
