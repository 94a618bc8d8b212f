#pragma once

#include "core/image/resizing.h"

#include <QWidget>

class QComboBox;
class QDoubleSpinBox;

namespace scalescope {

/// How an image becomes the square that a network is given: squashed, middle cropped or padded; the interpolation; and
/// the share that is kept.
class SquareFields : public QWidget {
  Q_OBJECT

 public:
  explicit SquareFields(const Resizing& in_use, QWidget* parent = nullptr);
  /// Where nothing was changed, exactly what is in use.
  [[nodiscard]] Resizing resizing() const;

 signals:
  void changed();

 private:
  Resizing in_use_;
  QComboBox* mode_;          ///< in the order of ResizeMode
  QComboBox* interpolation_; ///< in the order of the names of Interpolation
  QDoubleSpinBox* crop_;
};

} // namespace scalescope
