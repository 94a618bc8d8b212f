#pragma once

#include <QFont>
#include <QPen>
#include <QString>

#include <qcustomplot.h>

#include <vector>

namespace scalescope {

/// A series as drawn, in the units of the axis.
struct CurveLine {
  QString name;
  QPen pen;
  std::vector<double> values; ///< one per layer; clipped values are at the floor; NaN: a gap
  std::vector<double> below;  ///< lengths of the error bar
  std::vector<double> above;
  std::vector<QString> clipped; ///< the numbers of clipped values, else empty
};

/// The marks on the curve: the peak, the current layer, clipped values, and the names of the lines.
class CurveMarks : public QCPLayerable {
 public:
  struct Content {
    std::vector<CurveLine> lines; ///< the peak of the first is marked
    double floor = 0;             ///< where clipped values are drawn, in units of the axis
    int peak = -1;
    QString peak_text;
    int current = -1;
    bool focused = false; ///< by the keyboard
    bool dense = false;   ///< layers are too close for full-size points
    QFont font;
  };

  explicit CurveMarks(QCustomPlot* plot);
  void set_content(Content content) { content_ = std::move(content); }
  [[nodiscard]] const Content& content() const { return content_; }
  /// The position of a value.
  [[nodiscard]] QPointF position(std::size_t line, int layer) const;
  /// Where texts were drawn, so that they don't overlap.
  [[nodiscard]] const std::vector<QRectF>& texts() const { return texts_; }

 private:
  void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
  void draw(QCPPainter* painter) override;

  [[nodiscard]] QRectF area() const;
  [[nodiscard]] double unit() const; ///< height of a line of text
  [[nodiscard]] bool crosses_a_line(const QRectF& box) const;
  [[nodiscard]] bool is_free(const QRectF& box) const;
  /// The highest and the lowest point of a line with its error bars between two x positions.
  [[nodiscard]] std::pair<double, double> extent(std::size_t line, double left, double right) const;
  void put_text(QCPPainter* painter, const QRectF& box, const QString& text, const QColor& colour, const QFont& font);
  void draw_clipped(QCPPainter* painter);
  void draw_peak(QCPPainter* painter);
  void draw_current(QCPPainter* painter);
  [[nodiscard]] QRectF place_beside(std::size_t line, const QSizeF& size) const; ///< null: there is no room
  void draw_names(QCPPainter* painter);
  void draw_legend(QCPPainter* painter, const std::vector<std::size_t>& lines);

  Content content_;
  std::vector<QRectF> texts_;
};

} // namespace scalescope
