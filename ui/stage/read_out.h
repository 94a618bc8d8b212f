#pragma once

#include "ui/workspace/reading.h"

#include <QLabel>

namespace scalescope {

/// What the chosen layer says of the object's scale beside what it is.
class ReadOut : public QLabel {
  Q_OBJECT

 public:
  explicit ReadOut(QWidget* parent = nullptr);
  void show_reading(const std::optional<Reading>& reading); ///< nothing: clears it
};

} // namespace scalescope
