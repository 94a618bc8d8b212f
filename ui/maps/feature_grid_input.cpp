// Mouse, wheel and keys of FeatureGrid.
#include "ui/maps/feature_grid.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QScrollBar>
#include <QToolTip>
#include <QWheelEvent>

namespace scalescope {

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
  const auto within_column = [&](int step) { // stays where there is no tile above or below
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

} // namespace scalescope
