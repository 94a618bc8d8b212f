#pragma once

#include <qcustomplot.h>

namespace scalescope {

/// Tick labels with as many decimals as their step needs and a real minus sign; none below the floor.
class ValueTicker : public QCPAxisTicker {
 public:
  double floor = 0;

 protected:
  double getTickStep(const QCPRange& range) override;
  QString getTickLabel(double tick, const QLocale& locale, QChar format, int precision) override;

 private:
  int decimals_ = 0;
};

} // namespace scalescope
