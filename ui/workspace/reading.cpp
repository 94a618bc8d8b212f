#include "ui/workspace/reading.h"

#include "core/image/sample.h"

#include <QCoreApplication>
#include <QLocale>

namespace scalescope {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("Reading", text); }

} // namespace

bool Reading::of_scale() const { return target == QLatin1String(object_scale_name); }

QString scale_text(double fraction) { return QLocale().toString(100 * fraction, 'f', 1) + QStringLiteral(" %"); }

QString value_text(double value) { return QLocale().toString(value, 'g', 4); }

ReadingTrust trust_of(const Regression& regression, double outside, std::optional<double> target,
                      QString (*as_text)(double target)) {
  if (!regression.fitted)
    return {};
  const FittedRange& fitted = *regression.fitted;
  const bool beyond = target && !regression.covers_target(*target);
  const bool unlike = outside > fitted.usual_outside;
  const QString from = as_text(fitted.least_target);
  const QString to = as_text(fitted.largest_target);
  ReadingTrust trust;
  if (beyond)
    trust.guess = (unlike ? tr("A guess: only %1 to %2 were fitted, and no image like this one.")
                          : tr("A guess: only %1 to %2 were fitted."))
                      .arg(from, to);
  else if (unlike)
    trust.guess = tr("A guess: no image like this one was fitted.");
  trust.fitted_on =
      tr("The regression was fitted to values from %1 to %2.\nChannels with %3 of its weight have means outside the "
         "range of the fitted images. For 95 of 100 fitted images, compared with the others, that share is at most %4.")
          .arg(from, to, scale_text(outside), scale_text(fitted.usual_outside));
  return trust;
}

} // namespace scalescope
