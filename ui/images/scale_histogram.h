#pragma once

#include <QString>
#include <QWidget>

#include <optional>
#include <span>
#include <vector>

namespace scalescope {

/// A histogram of object scales: equally wide bins from 0 to the first of 1, 2, 5, 10, ... 100 % that includes all
/// scales. The bins are linear because the regression of these scales is linear.
struct ScaleBins {
  double upper = 1;        ///< object scale at the end of the last bin
  std::vector<int> counts; ///< bin i holds scales from edge(i) to below edge(i + 1), the last also those at its end

  [[nodiscard]] static ScaleBins of(std::span<const double> scales);
  [[nodiscard]] int bin_of(double scale) const;
  [[nodiscard]] double edge(int bin) const;
};

/// Draws the histogram of the object scales of a set, and highlights the bin of the current sample.
class ScaleHistogram : public QWidget {
  Q_OBJECT
 public:
  explicit ScaleHistogram(QWidget* parent = nullptr);

  /// @param things the word for what is counted: "images" or "objects".
  void set_scales(std::span<const double> scales, const QString& things);
  void set_current(std::optional<double> scale);
  [[nodiscard]] const ScaleBins& bins() const { return bins_; }
  /// The whole column of a bin, which reacts to the mouse.
  [[nodiscard]] QRectF column(int bin) const;
  /// "10 to 15 %: 12 images".
  [[nodiscard]] QString description(int bin) const;

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;

 signals:
  void bin_clicked(int bin); ///< never an empty one

 protected:
  bool event(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;

 private:
  [[nodiscard]] std::optional<int> bin_at(QPointF point) const;
  [[nodiscard]] QRectF plot() const;

  ScaleBins bins_;
  QString things_;
  std::optional<double> current_;
};

} // namespace scalescope
