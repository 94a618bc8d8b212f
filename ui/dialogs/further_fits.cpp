#include "ui/dialogs/further_fits.h"

#include <QCheckBox>
#include <QGridLayout>

namespace scalescope {

FurtherFits::FurtherFits(QWidget* parent)
    : QWidget(parent), adjust_(new QCheckBox(tr("beyond the box's covariates"))),
      equal_width_(new QCheckBox(tr("at equal width"))), learning_curve_(new QCheckBox(tr("with fewer images"))),
      target_forms_(new QCheckBox(tr("root and logarithm of the target"))) {
  adjust_->setToolTip(
      tr("What each layer adds to position, aspect, image size and touched edges of the box, from which "
         "scale can be guessed without looking at the object"));
  equal_width_->setToolTip(
      tr("All layers reduced to as many features as the narrowest one has, by random projections"));
  learning_curve_->setToolTip(tr("With an eighth, a quarter and half of the images"));
  target_forms_->setToolTip(tr("How well these are read instead of the target itself"));
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->addWidget(adjust_, 0, 0);
  grid->addWidget(equal_width_, 0, 1);
  grid->addWidget(target_forms_, 1, 0);
  grid->addWidget(learning_curve_, 1, 1);
  for (const QCheckBox* box : {adjust_, equal_width_, learning_curve_, target_forms_})
    connect(box, &QCheckBox::toggled, this, &FurtherFits::changed);
}

void FurtherFits::show_choice_of(const CurveJob& job) {
  adjust_->setChecked(job.adjust);
  equal_width_->setChecked(job.equal_width);
  learning_curve_->setChecked(job.learning_curve);
  target_forms_->setChecked(job.target_forms);
}

void FurtherFits::choose_for(CurveJob& job) const {
  job.adjust = adjust_->isChecked();
  job.equal_width = equal_width_->isChecked();
  job.learning_curve = learning_curve_->isChecked();
  job.target_forms = target_forms_->isChecked();
}

} // namespace scalescope
