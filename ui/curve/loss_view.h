#pragma once

#include "core/network/fine_tune.h"

#include <QWidget>

#include <vector>

namespace scalescope {

/// The epochs of the training of one network.
struct LossCurve {
  QString name;
  std::vector<Epoch> epochs;
  double training_loss_so_far = 0; ///< of the present epoch; 0: none yet
};

/// Training and validation losses by epoch, side by side, during the training.
class LossView : public QWidget {
  Q_OBJECT

 public:
  explicit LossView(QWidget* parent = nullptr);
  /// @param epochs the planned number.
  void set_curves(std::vector<LossCurve> curves, int epochs);
  [[nodiscard]] const std::vector<LossCurve>& curves() const { return curves_; }
  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  std::vector<LossCurve> curves_;
  int epochs_ = 1;
};

} // namespace scalescope
