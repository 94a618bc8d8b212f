#pragma once

#include "core/jobs/curve_job.h"

#include <QWidget>

class QCheckBox;

namespace scalescope {

/// Switches for what may be fitted beside the curve: see CurveJob::adjust and the next three.
class FurtherFits : public QWidget {
  Q_OBJECT

 public:
  explicit FurtherFits(QWidget* parent = nullptr);
  void show_choice_of(const CurveJob& job);
  void choose_for(CurveJob& job) const;

 signals:
  void changed();

 private:
  QCheckBox* adjust_;
  QCheckBox* equal_width_;
  QCheckBox* learning_curve_;
  QCheckBox* target_forms_;
};

} // namespace scalescope
