#include "ui/maps/channel_view.h"

#include "ui/maps/map_canvas.h"
#include "ui/widgets/numbers.h"

#include <QCheckBox>
#include <QLabel>
#include <QSlider>
#include <QVBoxLayout>

#include <cmath>

namespace scalescope {

ChannelView::ChannelView(QWidget* parent)
    : QWidget(parent), canvas_(new MapCanvas(this)), title_(new QLabel(this)), numbers_(new QLabel(this)),
      under_mouse_(new QLabel(this)), overlay_(new QCheckBox(tr("Lay over the &image"), this)),
      opacity_(new QSlider(Qt::Horizontal, this)), per_cent_(new QLabel(this)) {
  QFont bold = title_->font();
  bold.setBold(true);
  title_->setFont(bold);
  under_mouse_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  numbers_->setForegroundRole(QPalette::PlaceholderText); // dim
  // Long texts are shortened, so that they don't widen the panel.
  for (auto* label : {numbers_, under_mouse_})
    label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  overlay_->setToolTip(tr("Show this channel over the image on the stage"));
  opacity_->setRange(0, 100);
  opacity_->setValue(60);
  opacity_->setAccessibleName(tr("Opacity of the channel over the image"));
  opacity_->setToolTip(opacity_->accessibleName());
  per_cent_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  per_cent_->setMinimumWidth(per_cent_->fontMetrics().horizontalAdvance(QStringLiteral("100 %")));

  auto* head = new QHBoxLayout;
  head->addWidget(title_);
  head->addWidget(under_mouse_, 1);
  auto* foot = new QHBoxLayout;
  foot->addWidget(overlay_);
  foot->addWidget(opacity_, 1);
  foot->addWidget(per_cent_);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(12, 8, 12, 8);
  column->addLayout(head);
  column->addWidget(canvas_, 1);
  column->addWidget(numbers_);
  column->addLayout(foot);

  const auto changed = [this] {
    opacity_->setEnabled(overlay_on());
    per_cent_->setEnabled(overlay_on());
    per_cent_->setText(tr("%1 %").arg(opacity_->value()));
    emit overlay_changed(overlay_on(), opacity());
  };
  connect(overlay_, &QCheckBox::toggled, this, changed);
  connect(opacity_, &QSlider::valueChanged, this, changed);
  connect(canvas_, &MapCanvas::hovered, this, [this](QPoint at, float value) {
    under_mouse_->setText(tr("x %1, y %2: %3").arg(at.x()).arg(at.y()).arg(number_text(value, 4)));
  });
  connect(canvas_, &MapCanvas::left, under_mouse_, &QLabel::clear);
  changed();
  clear();
}

void ChannelView::set_channel(const FeatureMaps& maps, int channel, const MapColours& colours) {
  const auto map = maps.map(channel);
  const auto range = value_range(map);
  canvas_->set_map(map, maps.width, maps.height, colours);
  const bool is_rollout = maps.heads && maps.channels == 1;
  title_->setText(is_rollout ? tr("Attention") : (maps.heads ? tr("Head %1") : tr("Channel %1")).arg(channel));
  title_->setToolTip((maps.heads ? tr("Head %1 of %2: what it attends to, in %3") : tr("Channel %1 of %2 of layer %3"))
                         .arg(channel)
                         .arg(maps.channels)
                         .arg(maps.layer));
  numbers_->setText(tr("lowest %1   mean %2   highest %3")
                        .arg(number_text(range.low), number_text(mean_value(map)), number_text(range.high)));
}

void ChannelView::clear() {
  canvas_->set_map({}, 0, 0, {});
  title_->setText(tr("Channel"));
  title_->setToolTip({});
  numbers_->clear();
}

bool ChannelView::overlay_on() const { return overlay_->isChecked(); }

double ChannelView::opacity() const { return opacity_->value() / 100.0; }

void ChannelView::set_overlay(bool on, double opacity) {
  opacity_->setValue(static_cast<int>(std::lround(100 * opacity)));
  overlay_->setChecked(on);
}

} // namespace scalescope
