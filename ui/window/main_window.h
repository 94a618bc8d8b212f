#pragma once

#include "ui/window/preferences.h"
#include "ui/window/recent_files.h"
#include "ui/workspace/workspace.h"

#include <QMainWindow>

#include <memory>

namespace scalescope {

class Actions;
class Docks;
class PruneDialog;
class StagePanel;
class StatusLine;
class WorkDialogs;

/// The main window: the stage in the middle and panels around it. It shows the workspace and passes the person's
/// actions to it.
class MainWindow : public QMainWindow {
  Q_OBJECT

 public:
  explicit MainWindow(const Preferences& preferences = {}, QWidget* parent = nullptr);
  ~MainWindow() override;

  [[nodiscard]] Workspace& workspace() { return *workspace_; }
  [[nodiscard]] bool settled() const; ///< nothing is loading or being computed
  /// Restores the last window's size and docks; on closing, saves its own, and what was opened, for the next.
  void remember();
  void set_preferences(const Preferences& preferences); ///< applies them; the network is opened again if needed
  void open_demo();                                     ///< see Demo
  void start_tour();                                    ///< see Tour; opens the demonstration if nothing is open

  // Those of the workspace, for tests and for main.
  void set_questions(Questions questions) { workspace_->set_questions(std::move(questions)); }
  void open_network(const QString& file_or_name) { workspace_->open_network(file_or_name); }
  void open_images(const QStringList& from, const QString& target = {}) {
    workspace_->open_images(from, {.target = target.toStdString()});
  }
  void open_files(const QStringList& files) { workspace_->open_files(files); }
  void open_session(const QString& file) { workspace_->sessions().open(file); }
  void save_session(const QString& file) { workspace_->sessions().write(file); }
  void analyze(AnalysisRequest request) { workspace_->analyze(std::move(request)); }
  [[nodiscard]] Session session() const { return workspace_->session(); }
  [[nodiscard]] Explorer& explorer() { return workspace_->explorer(); }
  [[nodiscard]] AnalysisRun& analysis() { return workspace_->analysis(); }
  [[nodiscard]] std::vector<std::filesystem::path> files_in_use() const { return workspace_->files_in_use(); }
  [[nodiscard]] WorkDialogs& dialogs() { return *dialogs_; }

 signals:
  void session_opened();
  void session_saved();
  void failed(const QString& what); ///< with the text of the error bar

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void closeEvent(QCloseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void keyReleaseEvent(QKeyEvent* event) override;

 private:
  void connect_parts();
  void connect_session();
  void keep_recent_files();
  void ask_for_preferences();
  void show_title();

  Preferences preferences_;
  std::unique_ptr<Workspace> workspace_;
  StagePanel* stage_ = nullptr;
  Docks* docks_ = nullptr;
  WorkDialogs* dialogs_ = nullptr;
  Actions* actions_ = nullptr;
  bool remembers_ = false;
  bool closing_ = false; ///< no more questions are asked
};

} // namespace scalescope
