#pragma once

#include "core/network/fine_tune.h"

#include <QWidget>

#include <vector>

namespace scalescope {

/// The epochs of one network that is, or was, trained.
struct LossCurve {
  QString name;
  std::vector<Epoch> epochs;
  double training_loss_so_far = 0; ///< of the epoch that is under way, 0: none
};

/// Losses by epoch, live: those of the training images and those of the validation images, side by side.
class LossView : public QWidget {
  Q_OBJECT

 public:
  explicit LossView(QWidget* parent = nullptr);
  /// @param epochs that there will be.
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
