#pragma once

#include <QComboBox>

namespace scalescope {

/// A list whose present choice ends in an ellipsis where it has no room; Qt would cut through a letter.
class ChoiceBox : public QComboBox {
 public:
  using QComboBox::QComboBox;

 protected:
  void paintEvent(QPaintEvent* event) override;
};

} // namespace scalescope
