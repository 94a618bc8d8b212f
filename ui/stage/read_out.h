#pragma once

#include "ui/workspace/reading.h"

#include <QLabel>

namespace scalescope {

/// The object scale that the chosen layer's regression reads, beside the true one.
class ReadOut : public QLabel {
  Q_OBJECT

 public:
  explicit ReadOut(QWidget* parent = nullptr);
  void show_reading(const std::optional<Reading>& reading); ///< no value: clears it
};

} // namespace scalescope
