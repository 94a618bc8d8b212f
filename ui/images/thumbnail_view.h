#pragma once

#include <QListView>

#include <vector>

namespace scalescope {

/// Rows of a SampleModel as a grid of thumbnails with a caption under each.
class ThumbnailView : public QListView {
  Q_OBJECT
 public:
  explicit ThumbnailView(QWidget* parent = nullptr);

  /// The text shown while there are no rows.
  void set_empty_message(const QString& message);
  /// The space for a thumbnail in logical pixels; it depends on the font.
  [[nodiscard]] QSize thumbnail_bounds() const;
  /// The visible rows, from top to bottom.
  [[nodiscard]] std::vector<int> visible_rows() const;
  /// The rows within one page of them: the nearest first, those below before those above.
  [[nodiscard]] std::vector<int> rows_nearby() const;

 signals:
  void view_changed(); ///< other rows may be visible, or thumbnails may need another size

 protected:
  bool event(QEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void updateGeometries() override;

 private:
  void fit_grid();
  /// The rows that overlap this vertical range of the viewport.
  [[nodiscard]] std::vector<int> rows_between(int top, int bottom) const;
  /// The first row with its lower edge at or below this y of the viewport; the number of rows if there is none.
  [[nodiscard]] int first_row_below(int y) const;

  QString empty_message_;
};

} // namespace scalescope
