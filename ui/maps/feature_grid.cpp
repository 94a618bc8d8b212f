#include "ui/maps/feature_grid.h"

#include "ui/widgets/numbers.h"
#include "ui/widgets/theme.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPaintEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>
#include <QWheelEvent>

#include <cmath>

namespace scalescope {

FeatureGrid::FeatureGrid(QWidget* parent)
    : QAbstractScrollArea(parent),
      empty_text_(tr("Open a network and an image to see what each channel of a layer responds to.")) {
  setFrameShape(QFrame::NoFrame);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setFocusPolicy(Qt::StrongFocus);
  viewport()->setBackgroundRole(QPalette::Window);
  setAccessibleName(tr("Feature maps"));
}

void FeatureGrid::set_maps(FeatureMaps maps) {
  const bool same_layer = maps.layer == maps_.layer && maps.channels == maps_.channels && !maps.empty();
  const bool same_numbers =
      maps.scale_correlation == maps_.scale_correlation && maps.regression_weight == maps_.regression_weight;
  maps_ = std::move(maps);
  if (!same_layer || !same_numbers)
    reorder();
  recolour();
  if (!same_layer) {
    lay_out({});
    verticalScrollBar()->setValue(0);
    set_chosen(order_.empty() ? -1 : order_.front());
  }
  emit maps_changed();
  emit chosen_map_changed();
}

void FeatureGrid::sort(ChannelOrder order) {
  wanted_order_ = order;
  reorder();
  tiles_.clear(); // their labels show the sort key
  viewport()->update();
  if (chosen_ >= 0)
    walk_to(position_[chosen_]);
}

ChannelOrder FeatureGrid::order() const {
  return can_order(maps_, wanted_order_) ? wanted_order_ : ChannelOrder::Index;
}

void FeatureGrid::reorder() {
  order_ = maps_.empty() ? std::vector<int>() : channel_order(maps_, order());
  position_.resize(order_.size());
  for (std::size_t i = 0; i < order_.size(); ++i)
    position_[order_[i]] = static_cast<int>(i);
}

void FeatureGrid::set_normalisation(Normalisation normalisation) {
  normalisation_ = normalisation;
  recolour();
  emit chosen_map_changed();
}

void FeatureGrid::set_colour_choice(ColourChoice choice) {
  colour_choice_ = choice;
  recolour();
  emit chosen_map_changed();
}

void FeatureGrid::recolour() {
  colours_ = LayerColours(maps_, normalisation_, colour_choice_);
  tiles_.clear();
  viewport()->update();
}

void FeatureGrid::set_tile_size(int edge) {
  wanted_tile_ = std::clamp(edge, 16, 1024);
  lay_out({});
}

void FeatureGrid::set_empty_text(const QString& text) {
  empty_text_ = text;
  viewport()->update();
}

int FeatureGrid::offset() const { return verticalScrollBar()->value(); }

QRect FeatureGrid::tile_rect(int channel) const { return layout_.rect(position_[channel]).translated(0, -offset()); }

// Space for the scroll bar is always reserved, so that showing it does not change the tiles.
int FeatureGrid::room() const { return width() - verticalScrollBar()->sizeHint().width(); }

// The tile at the anchor (a point of the viewport) stays there.
void FeatureGrid::lay_out(QPoint anchor) {
  const double row = (anchor.y() + offset()) / static_cast<double>(layout_.pitch());
  const double position = std::floor(row) * layout_.columns;
  const int edge = layout_.tile;
  auto* bar = verticalScrollBar();
  layout_ = TileLayout::fit(static_cast<int>(order_.size()), room(), wanted_tile_);
  bar->setRange(0, std::max(0, layout_.height() - viewport()->height()));
  bar->setPageStep(viewport()->height());
  bar->setSingleStep(std::max(1, layout_.pitch() / 3));
  const double new_row = std::floor(position / layout_.columns) + row - std::floor(row);
  bar->setValue(static_cast<int>(std::lround(new_row * layout_.pitch() - anchor.y())));
  if (layout_.tile != edge)
    tiles_.clear();
  const int in_sight = (viewport()->height() / layout_.pitch() + 2) * layout_.columns;
  tiles_.make_room(4 * in_sight);
  viewport()->update();
}

void FeatureGrid::zoom(int columns_more, QPoint anchor) {
  const int columns = std::max(1, layout_.columns + columns_more);
  const int edge = (room() - 2 * TileLayout::margin + TileLayout::gap) / columns - TileLayout::gap;
  if (edge < 16)
    return;
  wanted_tile_ = edge;
  lay_out(anchor);
}

void FeatureGrid::choose(int channel) {
  if (channel >= 0 && channel < maps_.channels)
    walk_to(position_[channel]);
}

void FeatureGrid::walk_to(int position) {
  const int channel = order_[position];
  const QRect tile = layout_.rect(position).adjusted(0, -TileLayout::gap, 0, TileLayout::gap);
  auto* bar = verticalScrollBar();
  bar->setValue(std::clamp(bar->value(), tile.bottom() + 1 - viewport()->height(), tile.top()));
  if (channel == chosen_)
    return;
  set_chosen(channel);
  emit chosen_map_changed();
}

void FeatureGrid::set_chosen(int channel) {
  update_tile(chosen_);
  chosen_ = channel;
  update_tile(chosen_);
  setAccessibleDescription(channel < 0 ? empty_text_ : description(channel));
  if (channel >= 0)
    emit channel_chosen(channel);
}

void FeatureGrid::update_tile(int channel) {
  constexpr int frame = TileLayout::gap;
  if (channel >= 0 && channel < maps_.channels)
    viewport()->update(tile_rect(channel).adjusted(-frame, -frame, frame, frame));
}

QString FeatureGrid::description(int channel) const {
  const auto map = maps_.map(channel);
  const auto range = value_range(map);
  QString text = (maps_.heads ? tr("Head %1 of %2\nMean %3, from %4 to %5")
                              : tr("Channel %1 of %2\nMean activation %3, from %4 to %5"))
                     .arg(channel)
                     .arg(maps_.channels)
                     .arg(number_text(mean_value(map)), number_text(range.low), number_text(range.high));
  if (can_order(maps_, ChannelOrder::ScaleCorrelation))
    text += tr("\nCorrelation with object scale %1").arg(number_text(maps_.scale_correlation[channel], 2));
  if (can_order(maps_, ChannelOrder::RegressionWeight))
    text += tr("\nWeight in the regression %1").arg(number_text(maps_.regression_weight[channel], 2));
  return text;
}

void FeatureGrid::paintEvent(QPaintEvent* event) {
  QPainter painter(viewport());
  if (maps_.empty()) {
    const int space = 2 * fontMetrics().height();
    painter.setPen(theme().dim);
    painter.drawText(viewport()->rect().adjusted(space, 0, -space, 0), Qt::AlignCenter | Qt::TextWordWrap, empty_text_);
    return;
  }
  const MapTiles::Look look{.edge = layout_.tile, .ratio = devicePixelRatioF(), .font = font(), .order = order()};
  const QRect dirty = event->rect().translated(0, offset());
  const int first = std::max(0, dirty.top() / layout_.pitch() - 1) * layout_.columns;
  const int end = std::min(layout_.count, (dirty.bottom() / layout_.pitch() + 1) * layout_.columns);
  for (int position = first; position < end; ++position) {
    const int channel = order_[position];
    const QRect rect = tile_rect(channel);
    if (rect.intersects(event->rect()))
      painter.drawPixmap(rect.topLeft(), tiles_.tile(maps_, channel, colours(channel), look));
    if (channel == chosen_) {
      constexpr int thick = TileLayout::gap - 1;
      for (const QRect& side : QRegion(rect.adjusted(-thick, -thick, thick, thick)) - rect)
        painter.fillRect(side, theme().peak);
      painter.setPen(Qt::white);
      if (hasFocus()) // the keys move from here
        painter.drawRect(rect.adjusted(0, 0, -1, -1));
    }
  }
}

void FeatureGrid::mousePressEvent(QMouseEvent* event) {
  const int position = layout_.at(event->pos() + QPoint(0, offset()));
  if (event->button() == Qt::LeftButton && position >= 0)
    walk_to(position);
}

void FeatureGrid::wheelEvent(QWheelEvent* event) {
  if (!(event->modifiers() & Qt::ControlModifier)) {
    QAbstractScrollArea::wheelEvent(event);
    return;
  }
  wheel_rest_ += event->angleDelta().y();
  const int steps = wheel_rest_ / QWheelEvent::DefaultDeltasPerStep;
  wheel_rest_ -= steps * QWheelEvent::DefaultDeltasPerStep;
  if (steps != 0)
    zoom(-steps, event->position().toPoint());
  event->accept();
}

void FeatureGrid::keyPressEvent(QKeyEvent* event) {
  const bool up = event->key() == Qt::Key_Up, down = event->key() == Qt::Key_Down;
  const bool with_modifier = event->modifiers() & (Qt::ControlModifier | Qt::AltModifier);
  if (event->key() == Qt::Key_BracketLeft || (with_modifier && up)) {
    emit layer_step(-1);
    return;
  }
  if (event->key() == Qt::Key_BracketRight || (with_modifier && down)) {
    emit layer_step(1);
    return;
  }
  if (event->key() == Qt::Key_Plus || event->key() == Qt::Key_Minus) {
    zoom(event->key() == Qt::Key_Plus ? -1 : 1, viewport()->rect().center());
    return;
  }
  if (chosen_ < 0) {
    event->ignore();
    return;
  }
  const int last = layout_.count - 1, here = position_[chosen_];
  const int page = std::max(1, viewport()->height() / layout_.pitch()) * layout_.columns;
  const auto within_column = [&](int step) { // stays in place if there is no tile above or below
    int there = here + step;
    while (there < 0 || there > last)
      there += step < 0 ? layout_.columns : -layout_.columns;
    return there;
  };
  switch (event->key()) {
  case Qt::Key_Left:
    return walk_to(std::max(0, here - 1));
  case Qt::Key_Right:
    return walk_to(std::min(last, here + 1));
  case Qt::Key_Up:
    return walk_to(within_column(-layout_.columns));
  case Qt::Key_Down:
    return walk_to(within_column(layout_.columns));
  case Qt::Key_PageUp:
    return walk_to(within_column(-page));
  case Qt::Key_PageDown:
    return walk_to(within_column(page));
  case Qt::Key_Home:
    return walk_to(0);
  case Qt::Key_End:
    return walk_to(last);
  default:
    event->ignore();
  }
}

bool FeatureGrid::viewportEvent(QEvent* event) {
  if (event->type() != QEvent::ToolTip)
    return QAbstractScrollArea::viewportEvent(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  if (const int position = layout_.at(help->pos() + QPoint(0, offset())); position >= 0)
    QToolTip::showText(help->globalPos(), description(order_[position]), viewport(), tile_rect(order_[position]));
  else
    QToolTip::hideText();
  return true;
}

void FeatureGrid::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
    tiles_.clear();
    viewport()->update();
  }
  QAbstractScrollArea::changeEvent(event);
}

void FeatureGrid::focusInEvent(QFocusEvent* event) {
  QAbstractScrollArea::focusInEvent(event);
  update_tile(chosen_);
}

void FeatureGrid::focusOutEvent(QFocusEvent* event) {
  QAbstractScrollArea::focusOutEvent(event);
  update_tile(chosen_);
}

void FeatureGrid::resizeEvent(QResizeEvent*) { lay_out({}); }

void FeatureGrid::scrollContentsBy(int, int dy) { viewport()->scroll(0, dy); }

QSize FeatureGrid::sizeHint() const {
  return {5 * (wanted_tile_ + TileLayout::gap) + 2 * TileLayout::margin, 6 * (wanted_tile_ + TileLayout::gap)};
}

} // namespace scalescope
