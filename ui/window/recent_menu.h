#pragma once

#include "ui/window/recent_files.h"

#include <QMenu>

namespace scalescope {

class Workspace;

/// A menu of recently opened files.
class RecentMenu : public QMenu {
  Q_OBJECT

 public:
  RecentMenu(Workspace& workspace, const QString& title, QWidget* parent = nullptr);

 private:
  void fill();
  void add(RecentKind kind, const QString& title);

  Workspace& workspace_;
};

} // namespace scalescope
