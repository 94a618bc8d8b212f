#include "ui/widgets/numbers.h"

#include <algorithm>
#include <cmath>

namespace scalescope {
namespace {

QString with_minus(QString text) { return text.replace(u'-', QChar(0x2212)); }

} // namespace

QString number_text(double value, int digits) {
  if (std::isnan(value))
    return QStringLiteral("n/a");
  const double size = std::abs(value);
  if (size != 0 && (size < 1e-4 || size >= 1e6))
    return with_minus(QString::number(value, 'g', digits));
  const int decimals = size == 0 ? 0 : std::max(0, digits - 1 - static_cast<int>(std::floor(std::log10(size))));
  return with_minus(QString::number(value, 'f', decimals));
}

std::vector<double> nice_ticks(double low, double high, int at_most) {
  if (!(high > low) || !std::isfinite(high - low) || at_most < 1)
    return {};
  constexpr double slack = 1e-9; // so that 0.3 / 0.1 counts as 3
  for (double power = std::pow(10, std::floor(std::log10((high - low) / at_most)));; power *= 10)
    for (const int factor : {1, 2, 5}) {
      const double step = power * factor;
      const auto first = std::ceil(low / step - slack), last = std::floor(high / step + slack);
      if (last - first + 1 > at_most)
        continue;
      std::vector<double> ticks;
      for (int i = 0; first + i <= last; ++i)
        ticks.push_back((first + i) * step);
      return ticks;
    }
}

QString tick_text(double tick, const std::vector<double>& ticks) {
  const double step = ticks.size() > 1 ? ticks[1] - ticks[0] : std::abs(tick);
  if (std::abs(tick) >= 1e5 || (step > 0 && step < 1e-4))
    return number_text(tick, 2);
  const int decimals = step > 0 ? std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9))) : 0;
  return with_minus(QString::number(tick == 0 ? 0.0 : tick, 'f', decimals));
}

} // namespace scalescope
