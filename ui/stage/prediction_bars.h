#pragma once

#include "ui/workspace/class_names.h"

#include <QWidget>

#include <vector>

namespace scalescope {

/// The most likely classes: name, bar, per cent; one line each, in the given order.
class PredictionBars : public QWidget {
  Q_OBJECT

 public:
  explicit PredictionBars(QWidget* parent = nullptr);
  void set_predictions(std::vector<Prediction> predictions);
  /// The sentence shown without predictions.
  void set_empty_text(const QString& text);
  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  std::vector<Prediction> predictions_;
  QString empty_text_;
};

} // namespace scalescope
