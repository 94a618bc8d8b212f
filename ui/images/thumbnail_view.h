#pragma once

#include <QListView>

#include <vector>

namespace scalescope {

/// Rows of a SampleModel as a grid of thumbnails with a caption under each.
class ThumbnailView : public QListView {
  Q_OBJECT
 public:
  explicit ThumbnailView(QWidget* parent = nullptr);

  /// What is shown while there are no rows.
  void set_empty_message(const QString& message);
  /// Room for a thumbnail, in logical pixels; it follows from the font.
  [[nodiscard]] QSize thumbnail_bounds() const;
  /// The rows in sight, top down.
  [[nodiscard]] std::vector<int> visible_rows() const;
  /// Those within a page's height of them, the nearest first, those below before those above.
  [[nodiscard]] std::vector<int> rows_nearby() const;

 signals:
  void view_changed(); ///< other rows may be in sight, or thumbnails may need another size

 protected:
  bool event(QEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void updateGeometries() override;

 private:
  void fit_grid();
  /// The rows that reach into these heights of the viewport.
  [[nodiscard]] std::vector<int> rows_between(int top, int bottom) const;
  /// The first row whose lower edge is not above this height of the viewport; the number of rows if none is.
  [[nodiscard]] int first_row_below(int y) const;

  QString empty_message_;
};

} // namespace scalescope
