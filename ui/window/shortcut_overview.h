#pragma once

#include <QDialog>

namespace scalescope {

/// Lists all shortcuts of a window's menus, and what mouse and keys do in its parts.
class ShortcutOverview : public QDialog {
  Q_OBJECT

 public:
  /// @param window whose menu bar is read.
  explicit ShortcutOverview(const QWidget& window, QWidget* parent = nullptr);
};

} // namespace scalescope
