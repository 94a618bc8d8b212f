#include "ui/maps/feature_panel.h"

#include "ui/widgets/choice_box.h"

#include <QLabel>
#include <QStandardItemModel>
#include <QVBoxLayout>

namespace scalescope {
namespace {

QComboBox* choices(QWidget* parent, const QString& name, const QString& tip, const QStringList& items) {
  auto* box = new ChoiceBox(parent);
  box->addItems(items);
  box->setAccessibleName(name);
  box->setToolTip(tip);
  box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  box->setMinimumContentsLength(5);
  return box;
}

QString whose_attention(const FeatureMaps& maps) {
  if (maps.patch)
    return FeaturePanel::tr("Patch in row %1, column %2").arg(maps.patch->y() + 1).arg(maps.patch->x() + 1);
  return maps.class_token ? FeaturePanel::tr("Class token") : FeaturePanel::tr("Mean over patches");
}

} // namespace

FeaturePanel::FeaturePanel(QWidget* parent)
    : QWidget(parent), layer_(new QLabel(this)),
      order_(choices(this, tr("Order of the channels"),
                     tr("Order of the channels. While you drag an object, the order stays the same; choose it again to "
                        "sort again."),
                     {tr("by index"), tr("by mean"), tr("by correlation"), tr("by weight")})),
      normalisation_(choices(this, tr("Range of the colours"),
                             tr("Range of the colours: each channel from its lowest to its highest value, or one range "
                                "for the whole layer (its middle 99 %)."),
                             {tr("per channel"), tr("per layer")})),
      colours_(choices(this, tr("Colours"),
                       tr("Colours. Auto: blue to red if there are values of both signs, else viridis."),
                       colour_choice_names(tr("auto")))),
      grid_(new FeatureGrid(this)) {
  layer_->setObjectName(QStringLiteral("layer line"));
  layer_->setForegroundRole(QPalette::PlaceholderText); // dim
  layer_->setContentsMargins(4, 0, 8, 0);
  layer_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);

  auto* bar = new QHBoxLayout;
  bar->addWidget(order_, 5);
  bar->addWidget(normalisation_, 4);
  bar->addWidget(colours_, 3);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(8, 8, 0, 0);
  bar->setContentsMargins(4, 0, 8, 0);
  column->addWidget(layer_);
  column->addLayout(bar);
  column->addWidget(grid_, 1);

  connect(order_, &QComboBox::activated, this, [this](int i) {
    grid_->sort(static_cast<ChannelOrder>(i));
    emit settings_changed();
  });
  connect(normalisation_, &QComboBox::activated, this, [this](int i) {
    grid_->set_normalisation(static_cast<Normalisation>(i));
    emit settings_changed();
  });
  connect(colours_, &QComboBox::activated, this, [this](int i) {
    grid_->set_colour_choice(colour_choice_at(i));
    emit settings_changed();
  });
  connect(grid_, &FeatureGrid::maps_changed, this, &FeaturePanel::show_layer);
  show_layer();
}

void FeaturePanel::set_order(ChannelOrder order) {
  grid_->sort(order);
  show_layer();
}

Normalisation FeaturePanel::normalisation() const { return static_cast<Normalisation>(normalisation_->currentIndex()); }

ColourChoice FeaturePanel::colour_choice() const { return colour_choice_at(colours_->currentIndex()); }

void FeaturePanel::set_normalisation(Normalisation normalisation) {
  normalisation_->setCurrentIndex(static_cast<int>(normalisation));
  grid_->set_normalisation(normalisation);
}

void FeaturePanel::set_colour_choice(ColourChoice choice) {
  colours_->setCurrentIndex(place_of(choice));
  grid_->set_colour_choice(choice);
}

void FeaturePanel::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  layout()->activate(); // so that the line has its new width
  write_line();
}

void FeaturePanel::write_line() {
  layer_->setText(layer_->fontMetrics().elidedText(line_, Qt::ElideRight, layer_->contentsRect().width()));
}

void FeaturePanel::show_layer() {
  const auto& maps = grid_->maps();
  const QString shape = QStringLiteral("%1 × %2 × %3").arg(maps.channels).arg(maps.height).arg(maps.width);
  QString text = maps.layer + QStringLiteral(" · ") + shape;
  QString tip = tr("Layer %1: channels × height × width = %2").arg(maps.layer, shape);
  if (maps.heads) {
    text = whose_attention(maps) + QStringLiteral(" · ") + maps.layer; // the shape has no room beside it
    tip = tr("Layer %1: heads × height × width = %2. ").arg(maps.layer, shape) +
          (maps.class_token ? tr("Each map shows how much the class token attends to each patch.")
                            : tr("Each map shows how much each patch is attended to, on average.")) +
          (maps.has_places ? tr(" Point at the image to see what the patch under the mouse attends to.") : QString());
  }
  line_ = maps.empty() ? QString() : text;
  write_line();
  layer_->setToolTip(maps.empty() ? QString() : tip);
  auto* items = qobject_cast<QStandardItemModel*>(order_->model());
  const auto offer = [&](ChannelOrder order, const QString& what, const QString& missing) {
    auto* item = items->item(static_cast<int>(order));
    const bool able = can_order(maps, order);
    item->setEnabled(able);
    item->setToolTip(able ? what : what + u' ' + missing);
  };
  const QString analyze = tr("Not known for this layer; analyse it first.");
  offer(ChannelOrder::Index, tr("In the order of the network."), {});
  offer(ChannelOrder::MeanActivation, tr("By mean activation, highest first."), {});
  offer(ChannelOrder::ScaleCorrelation, tr("By the correlation of mean activation with object scale, strongest first."),
        analyze);
  offer(ChannelOrder::RegressionWeight, tr("By the weight in the regression of object scale, largest first."), analyze);
  order_->setCurrentIndex(static_cast<int>(grid_->order()));
}

} // namespace scalescope
