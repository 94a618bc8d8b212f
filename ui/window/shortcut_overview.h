#pragma once

#include <QDialog>

namespace scalescope {

/// Every shortcut of a window's menus, and what mouse and keys do on its parts.
class ShortcutOverview : public QDialog {
  Q_OBJECT

 public:
  /// @param window whose menu bar is read.
  explicit ShortcutOverview(const QWidget& window, QWidget* parent = nullptr);
};

} // namespace scalescope
