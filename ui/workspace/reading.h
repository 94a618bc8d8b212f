#pragma once

#include "core/probe/probe.h"

#include <QString>

#include <optional>

namespace scalescope {

/// How reliable a reading of a regression is for an image.
struct ReadingTrust {
  QString guess;     ///< if the reading is a guess: a sentence with the reason; else empty
  QString fitted_on; ///< the data of the fit, and how far the image is from them; empty: not known
};

/// A reading is a guess if the true target is outside the range of the fitted targets, or if the image is unlike the
/// fitted images: see Regression::covers. @param outside Regression::outside of the image. @param target the true
/// target if it is known. @param as_text converts a target to text.
[[nodiscard]] ReadingTrust trust_of(const Regression& regression, double outside, std::optional<double> target,
                                    QString (*as_text)(double target));

/// The value that the chosen layer's regression predicts for the frame on the stage, and the true value.
struct Reading {
  QString layer;
  QString target;              ///< object_scale_name, or the name of a column
  double scale = 0;            ///< of the object in the frame
  double original_scale = 0;   ///< in the unchanged image
  std::optional<double> value; ///< of the target; no value until the layer is analysed
  std::optional<double> truth; ///< the true target: the frame's scale, or the value of the original image; if known
  ReadingTrust trust;          ///< of `value`

  [[nodiscard]] bool of_scale() const;
};

/// A fraction of the image as text: "24.1 %".
[[nodiscard]] QString scale_text(double fraction);
/// A value of another target as text.
[[nodiscard]] QString value_text(double value);

} // namespace scalescope
