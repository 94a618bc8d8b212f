#pragma once

#include <QStatusBar>

class QLabel;
class QProgressBar;

namespace scalescope {

class Workspace;

/// The line at the bottom of the window: what is open, the progress of the analysis, the time of a forward pass, and
/// the last message.
class StatusLine : public QStatusBar {
  Q_OBJECT

 public:
  explicit StatusLine(Workspace& workspace, QWidget* parent = nullptr);

 private:
  void connect_to_workspace();
  void show_what_is_open();

  Workspace& workspace_;
  QLabel* open_;
  QProgressBar* progress_;
  QLabel* time_;
};

} // namespace scalescope
