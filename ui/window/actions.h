#pragma once

#include <QObject>

#include <functional>

class QAction;
class QKeySequence;
class QMainWindow;
class QMenu;
class QToolBar;
class QWidget;

namespace scalescope {

class Docks;
class FileChoosers;
class WorkDialogs;
class Workspace;

/// Menus and tool bar of the window, and when their actions are enabled.
class Actions : public QObject {
  Q_OBJECT

 public:
  Actions(Workspace& workspace, Docks& docks, WorkDialogs& dialogs, QMainWindow& window);

  // Buttons of the tool bar that the tour shows.
  [[nodiscard]] QWidget* analyze_button() const;
  [[nodiscard]] QWidget* prune_button() const;

 signals:
  void preferences_wanted();
  void demo_wanted();
  void tour_wanted();

 private:
  QAction* add(QMenu* menu, const QString& text, const QKeySequence& keys, const QString& tip,
               const std::function<void()>& run);
  void build_file_menu();
  void build_edit_menu();
  void build_view_menu();
  void build_go_menu();
  void build_analysis_menu();
  void build_help_menu();
  void follow_the_workspace();

  Workspace& workspace_;
  Docks& docks_;
  WorkDialogs& dialogs_;
  FileChoosers* choosers_;
  QMainWindow& window_;
  QToolBar* tools_;
  QAction* analyze_ = nullptr;
  QAction* stop_ = nullptr;
  QAction* prune_ = nullptr;
  QAction* fine_tune_ = nullptr;
  QAction* target_ = nullptr;
  QAction* save_results_ = nullptr;
  QAction* save_features_ = nullptr;
  QAction* save_curve_ = nullptr;
};

} // namespace scalescope
