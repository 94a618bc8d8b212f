#include "ui/stage/stage_controls.h"

#include "ui/widgets/choice_box.h"

#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QLabel>
#include <QLocale>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>

#include <array>
#include <cmath>

namespace scalescope {
namespace {

// The slider is logarithmic: 1 to 2 is as far as 1 to one half.
constexpr double smallest = 0.1;
constexpr double largest = 4;
constexpr int slider_steps = 1000;
constexpr int smallest_side = 16;
constexpr int largest_side = 1024;
constexpr int side_step = 8;

int slider_of(double factor) {
  return static_cast<int>(std::lround(slider_steps * std::log(factor / smallest) / std::log(largest / smallest)));
}
double factor_of(int slider) {
  const double factor = smallest * std::pow(largest / smallest, static_cast<double>(slider) / slider_steps);
  return std::abs(factor - 1) < 0.002 ? 1 : factor; // so that exactly 1 can be chosen
}

} // namespace

StageControls::StageControls(QWidget* parent)
    : QWidget(parent), scale_slider_(new QSlider(Qt::Horizontal)), scale_number_(new QDoubleSpinBox),
      scale_text_(new QLabel), size_slider_(new QSlider(Qt::Horizontal)), size_number_(new QSpinBox),
      size_text_(new QLabel), mode_(new ChoiceBox), segment_by_(new ChoiceBox), fill_(new ChoiceBox),
      reset_(new QToolButton) {
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(12, 6, 12, 6);
  grid->setHorizontalSpacing(10);
  grid->setColumnStretch(1, 1);

  scale_slider_->setRange(0, slider_steps);
  scale_number_->setRange(0.05, 8);
  scale_number_->setDecimals(2);
  scale_number_->setSingleStep(0.05);
  scale_number_->setSuffix(tr(" ×"));
  scale_number_->setAlignment(Qt::AlignRight);
  scale_number_->setKeyboardTracking(false);
  size_slider_->setRange(smallest_side / side_step, largest_side / side_step);
  size_number_->setRange(smallest_side, largest_side);
  size_number_->setSingleStep(side_step);
  size_number_->setSuffix(tr(" px"));
  size_number_->setAlignment(Qt::AlignRight);
  size_number_->setKeyboardTracking(false);
  mode_->addItems({tr("Resize the object"), tr("Move the camera")});
  segment_by_->addItems({tr("Segment its shape"), tr("Segment its box")});
  fill_->addItems({tr("Fill: inpaint"), tr("Fill: blur"), tr("Fill: mean colour"), tr("Fill: noise")});
  reset_->setText(tr("Reset"));

  const auto add = [&](int row, const QString& name, const QString& tip, QSlider* slider, QWidget* number,
                       QLabel* text) {
    auto* label = new QLabel(name);
    label->setBuddy(slider);
    for (QWidget* widget : std::initializer_list<QWidget*>{label, slider, number}) {
      widget->setToolTip(tip);
      widget->setAccessibleName(name);
    }
    text->setForegroundRole(QPalette::PlaceholderText);
    text->setMinimumWidth(text->fontMetrics().horizontalAdvance("00.0 % · 0000 × 0000 px"));
    grid->addWidget(label, row, 0);
    grid->addWidget(slider, row, 1);
    grid->addWidget(number, row, 2);
    grid->addWidget(text, row, 3);
  };
  add(0, tr("Object scale"),
      tr("How large the object is in the image: a factor on the original. The number of pixels of the image stays the "
         "same."),
      scale_slider_, scale_number_, scale_text_);
  add(1, tr("Image size"),
      tr("Side of the network's square input in pixels. The object's share of the image stays the same."), size_slider_,
      size_number_, size_text_);
  auto* row = new QHBoxLayout;
  const std::array<std::pair<QComboBox*, QString>, 3> choices{
      {{mode_, tr("Change only the object, or the whole view, as if the camera came nearer")},
       {segment_by_, tr("How the object is segmented: by the shape found in its box, or as the whole box")},
       {fill_, tr("How the area behind the object is filled")}}};
  for (const auto& [choice, tip] : choices) {
    choice->setToolTip(tip);
    choice->setAccessibleName(tip);
    choice->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    choice->setMinimumContentsLength(10); // a window of 1024 pixels has room for it
    row->addWidget(choice, 1);
  }
  reset_->setToolTip(tr("Put the object back at its original place and scale (Ctrl+R)"));
  row->addWidget(reset_);
  grid->addLayout(row, 2, 0, 1, 4);

  connect(scale_slider_, &QSlider::valueChanged, this, [this](int value) {
    const QSignalBlocker quiet(scale_number_);
    scale_number_->setValue(factor_of(value));
    emit scale_wanted(factor_of(value), !scale_slider_->isSliderDown());
  });
  connect(scale_slider_, &QSlider::sliderReleased, this,
          [this] { emit scale_wanted(factor_of(scale_slider_->value()), true); });
  connect(scale_number_, &QDoubleSpinBox::valueChanged, this, [this](double value) {
    const QSignalBlocker quiet(scale_slider_);
    scale_slider_->setValue(slider_of(value));
    emit scale_wanted(value, true);
  });
  connect(size_slider_, &QSlider::valueChanged, this, [this](int value) {
    const QSignalBlocker quiet(size_number_);
    size_number_->setValue(value * side_step);
    emit image_size_wanted(value * side_step, !size_slider_->isSliderDown());
  });
  connect(size_slider_, &QSlider::sliderReleased, this,
          [this] { emit image_size_wanted(size_slider_->value() * side_step, true); });
  connect(size_number_, &QSpinBox::valueChanged, this, [this](int value) {
    const QSignalBlocker quiet(size_slider_);
    size_slider_->setValue(value / side_step);
    emit image_size_wanted(value, true);
  });
  connect(mode_, &QComboBox::activated, this, [this](int index) { emit camera_mode_wanted(index == 1); });
  for (QComboBox* choice : {segment_by_, fill_})
    connect(choice, &QComboBox::activated, this, [this] { emit cut_wanted(cut()); });
  connect(reset_, &QToolButton::clicked, this, &StageControls::reset_wanted);
  set_has_object(false);
}

void StageControls::set_has_object(bool has_object) {
  for (QWidget* widget :
       std::initializer_list<QWidget*>{scale_slider_, scale_number_, mode_, segment_by_, fill_, reset_})
    widget->setEnabled(has_object);
  if (!has_object)
    scale_text_->setText(tr("no object: draw its box"));
}

void StageControls::set_scale(double factor) {
  const QSignalBlocker slider(scale_slider_);
  const QSignalBlocker number(scale_number_);
  scale_number_->setValue(factor);
  if (!scale_slider_->isSliderDown())
    scale_slider_->setValue(slider_of(factor));
}

void StageControls::set_image_size(int side) {
  const QSignalBlocker slider(size_slider_);
  const QSignalBlocker number(size_number_);
  size_number_->setValue(side);
  if (!size_slider_->isSliderDown())
    size_slider_->setValue(side / side_step);
  size_text_->setText(tr("%1 × %1 px").arg(side));
}

void StageControls::set_camera_mode(bool on) { mode_->setCurrentIndex(on ? 1 : 0); }

void StageControls::set_cut(const SegmentSettings& cut) {
  segment_by_->setCurrentIndex(cut.by == SegmentBy::Mask ? 0 : 1);
  fill_->setCurrentIndex(static_cast<int>(cut.fill));
}

void StageControls::set_numbers(double fraction, double box_width, double box_height) {
  scale_text_->setText(tr("%1 % · %2 × %3 px")
                           .arg(QLocale().toString(100 * fraction, 'f', 1))
                           .arg(std::lround(box_width))
                           .arg(std::lround(box_height)));
}

double StageControls::scale() const { return scale_number_->value(); }
int StageControls::image_size() const { return size_number_->value(); }
bool StageControls::camera_mode() const { return mode_->currentIndex() == 1; }

SegmentSettings StageControls::cut() const {
  SegmentSettings cut;
  cut.by = segment_by_->currentIndex() == 0 ? SegmentBy::Mask : SegmentBy::Box;
  cut.fill = static_cast<Fill>(fill_->currentIndex());
  return cut;
}

} // namespace scalescope
