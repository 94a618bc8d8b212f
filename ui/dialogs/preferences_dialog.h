#pragma once

#include "ui/window/preferences.h"

#include <QDialog>

class QComboBox;
class QSpinBox;

namespace scalescope {

/// Asks for the preferences.
class PreferencesDialog : public QDialog {
  Q_OBJECT

 public:
  explicit PreferencesDialog(const Preferences& now, QWidget* parent = nullptr);
  [[nodiscard]] Preferences preferences() const;

 private:
  QComboBox* device_;
  QComboBox* engine_;
  QComboBox* precision_;
  QSpinBox* threads_;
  QComboBox* theme_;
  QComboBox* colours_;
};

} // namespace scalescope
