#include "ui/workspace/reading.h"

#include <QCoreApplication>
#include <QLocale>

namespace scalescope {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("Reading", text); }
QString in_per_cent(double share) { return QLocale().toString(100 * share, 'f', 1) + QStringLiteral(" %"); }

} // namespace

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
    trust.guess = (unlike ? tr("A guess: only %1 to %2 were fitted, and no image like it.")
                          : tr("A guess: only %1 to %2 were fitted."))
                      .arg(from, to);
  else if (unlike)
    trust.guess = tr("A guess: no image like it was fitted.");
  trust.fitted_on = tr("The regression was fitted to values from %1 to %2.\n"
                       "Channels with %3 of its weight have means here that none of the fitted images had; for 95 in "
                       "100 of these images, compared with the others, that is %4 at most.")
                        .arg(from, to, in_per_cent(outside), in_per_cent(fitted.usual_outside));
  return trust;
}

} // namespace scalescope
