#include "ui/curve/value_ticker.h"

#include "core/report/svg_text.h"

#include <cmath>

namespace scalescope {

double ValueTicker::getTickStep(const QCPRange& range) {
  const double step = QCPAxisTicker::getTickStep(range);
  decimals_ = 0;
  for (double unit = step; std::abs(unit - std::round(unit)) > 1e-6 && decimals_ < 6; unit *= 10)
    ++decimals_;
  return step;
}

QString ValueTicker::getTickLabel(double tick, const QLocale& /*locale*/, QChar /*format*/, int /*precision*/) {
  if (tick < floor)
    return {};
  return QString::fromStdString(std::abs(tick) < 1e5 ? readable(tick, decimals_) : readable(tick));
}

} // namespace scalescope
