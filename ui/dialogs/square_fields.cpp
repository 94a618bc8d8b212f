#include "ui/dialogs/square_fields.h"

#include "core/base/enum_names.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>

#include <cmath>

namespace scalescope {

SquareFields::SquareFields(const Resizing& in_use, QWidget* parent)
    : QWidget(parent), in_use_(in_use), mode_(new QComboBox), interpolation_(new QComboBox), crop_(new QDoubleSpinBox) {
  mode_->addItems({tr("squashed"), tr("middle cropped"), tr("padded")}); // in the order of ResizeMode
  mode_->setCurrentIndex(static_cast<int>(in_use.mode));
  mode_->setToolTip(tr("How an image becomes the square that the network is given"));
  for (const auto& [name, interpolation] : enum_names<Interpolation>) {
    interpolation_->addItem(QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size())));
    if (interpolation == in_use.interpolation)
      interpolation_->setCurrentIndex(interpolation_->count() - 1);
  }
  interpolation_->setToolTip(tr("How the pixels of the resized image are found, as PIL does it"));
  crop_->setRange(100 * least_crop, 100);
  crop_->setDecimals(1);
  crop_->setSuffix(tr(" % kept"));
  crop_->setValue(100 * in_use.crop);
  crop_->setToolTip(tr("The share of the resized image's side that is kept, its middle"));
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->addWidget(mode_);
  row->addWidget(interpolation_);
  row->addWidget(crop_);
  setFocusProxy(mode_);
  connect(mode_, &QComboBox::currentIndexChanged, this, &SquareFields::changed);
  connect(interpolation_, &QComboBox::currentIndexChanged, this, &SquareFields::changed);
  connect(crop_, &QDoubleSpinBox::valueChanged, this, &SquareFields::changed);
}

// The crop in use is kept where nobody changed it: the field shows a rounded one.
Resizing SquareFields::resizing() const {
  const bool is_same_crop = std::abs(crop_->value() - 100 * in_use_.crop) < 0.051;
  return {static_cast<ResizeMode>(mode_->currentIndex()),
          enum_names<Interpolation>.at(static_cast<std::size_t>(interpolation_->currentIndex())).second,
          is_same_crop ? in_use_.crop : crop_->value() / 100};
}

} // namespace scalescope
