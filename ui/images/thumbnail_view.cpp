#include "ui/images/thumbnail_view.h"

#include "ui/images/thumbnail_delegate.h"
#include "ui/widgets/theme.h"

#include <QEvent>
#include <QPainter>
#include <QScrollBar>

#include <algorithm>

namespace scalescope {

ThumbnailView::ThumbnailView(QWidget* parent) : QListView(parent) {
  setViewMode(QListView::IconMode);
  setMovement(QListView::Static);
  setResizeMode(QListView::Adjust);
  setUniformItemSizes(true);
  setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setFrameShape(QFrame::NoFrame);
  viewport()->setBackgroundRole(QPalette::Window);
  setItemDelegate(new ThumbnailDelegate(this));
  connect(verticalScrollBar(), &QScrollBar::valueChanged, this, &ThumbnailView::view_changed);
  fit_grid();
}

void ThumbnailView::set_empty_message(const QString& message) {
  empty_message_ = message;
  viewport()->update();
}

QSize ThumbnailView::thumbnail_bounds() const {
  const int width = 13 * fontMetrics().averageCharWidth();
  return {width, width * 3 / 4};
}

void ThumbnailView::fit_grid() {
  const QSize tile = tile_size(thumbnail_bounds(), fontMetrics());
  // Always keeps room for the scroll bar, because the grid could otherwise hide and show it forever. (One more pixel:
  // QListView starts a new line when a cell ends exactly at the edge.)
  const int width = maximumViewportSize().width() - verticalScrollBar()->sizeHint().width() - 1;
  const int columns = std::max(1, width / tile.width());
  setGridSize({std::max(tile.width(), width / columns), tile.height()});
  setMinimumHeight(tile.height() + 2 * frameWidth()); // a row with its captions
  verticalScrollBar()->setSingleStep(tile.height() / 3);
}

int ThumbnailView::first_row_below(int y) const {
  int low = 0;
  int high = model() ? model()->rowCount() : 0;
  while (low < high) {
    const int middle = low + (high - low) / 2;
    if (visualRect(model()->index(middle, 0)).bottom() < y)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

std::vector<int> ThumbnailView::rows_between(int top, int bottom) const {
  std::vector<int> rows;
  for (int row = first_row_below(top); model() && row < model()->rowCount(); ++row) {
    if (visualRect(model()->index(row, 0)).top() >= bottom)
      break;
    rows.push_back(row);
  }
  return rows;
}

std::vector<int> ThumbnailView::visible_rows() const { return rows_between(0, viewport()->height()); }

std::vector<int> ThumbnailView::rows_nearby() const {
  const int height = viewport()->height();
  std::vector<int> rows = rows_between(height, 2 * height);
  const std::vector<int> above = rows_between(-height, 0);
  rows.insert(rows.end(), above.rbegin(), above.rend());
  const std::vector<int> visible = visible_rows();
  std::erase_if(rows, [&](int row) { return std::ranges::binary_search(visible, row); });
  return rows;
}

bool ThumbnailView::event(QEvent* event) {
  const bool done = QListView::event(event);
  if (event->type() == QEvent::FontChange || event->type() == QEvent::Show) {
    fit_grid();
    emit view_changed();
  }
  return done;
}

void ThumbnailView::focusInEvent(QFocusEvent* event) {
  // QAbstractItemView's version would choose the first image by itself.
  QAbstractScrollArea::focusInEvent(event); // NOLINT(bugprone-parent-virtual-call)
  viewport()->update();
}

void ThumbnailView::resizeEvent(QResizeEvent* event) {
  fit_grid();
  QListView::resizeEvent(event);
}

void ThumbnailView::updateGeometries() { // after each layout
  QListView::updateGeometries();
  emit view_changed();
}

void ThumbnailView::paintEvent(QPaintEvent* event) {
  QListView::paintEvent(event);
  if (model() && model()->rowCount() > 0)
    return;
  QPainter painter(viewport());
  painter.setPen(theme().dim);
  const int margin = fontMetrics().height();
  painter.drawText(viewport()->rect().adjusted(margin, margin, -margin, -margin), Qt::AlignCenter | Qt::TextWordWrap,
                   empty_message_);
}

} // namespace scalescope
