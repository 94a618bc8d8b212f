#include "ui/window/main_window.h"

#include "ui/dialogs/preferences_dialog.h"
#include "ui/maps/feature_panel.h"
#include "ui/stage/stage_view.h"
#include "ui/widgets/error_bar.h"
#include "ui/window/actions.h"
#include "ui/window/demo.h"
#include "ui/window/docks.h"
#include "ui/window/question_dialogs.h"
#include "ui/window/stage_panel.h"
#include "ui/window/status_line.h"
#include "ui/window/tour.h"
#include "ui/window/window_tour.h"
#include "ui/window/work_dialogs.h"

#include <QApplication>
#include <QDialog>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QMimeData>
#include <QTimer>
#include <QUrl>

namespace scalescope {

MainWindow::MainWindow(const Preferences& preferences, QWidget* parent)
    : QMainWindow(parent), preferences_(preferences), workspace_(std::make_unique<Workspace>()) {
  setAcceptDrops(true);
  stage_ = new StagePanel(*workspace_);
  setCentralWidget(stage_);
  docks_ = new Docks(*workspace_, *this);
  docks_->maps()->set_colour_choice(preferences_.colours);
  setStatusBar(new StatusLine(*workspace_));
  dialogs_ = new WorkDialogs(*workspace_, this);
  actions_ = new Actions(*workspace_, *docks_, *dialogs_, *this);
  connect_parts();
  connect_session();
  keep_recent_files();
  resize(1440, 900);
  show_title();
  QTimer::singleShot(0, this, [this] { // Qt ignores sizes that are set before the window is shown
    if (!remembers_ && !workspace_->sessions().restoring())
      docks_->arrange();
  });
}

MainWindow::~MainWindow() {
  qDeleteAll(findChildren<QDialog*>(QString(), Qt::FindDirectChildrenOnly)); // they use the worker
  workspace_.reset();
}

void MainWindow::connect_parts() {
  workspace_->set_questions(question_dialogs(*workspace_, this));
  workspace_->set_run_options([this](QString* note) { return preferences_.run_options(note); });
  connect(stage_, &StagePanel::demo_wanted, this, &MainWindow::open_demo);
  connect(stage_, &StagePanel::tour_wanted, this, &MainWindow::start_tour);
  connect(stage_->errors(), &ErrorBar::error_shown, this, &MainWindow::failed);
  connect(actions_, &Actions::demo_wanted, this, &MainWindow::open_demo);
  connect(actions_, &Actions::tour_wanted, this, &MainWindow::start_tour);
  connect(actions_, &Actions::preferences_wanted, this, &MainWindow::ask_for_preferences);
  connect(dialogs_, &WorkDialogs::said, this, [this](const QString& what) { statusBar()->showMessage(what); });
  connect(docks_, &Docks::channel_shown, this, [this] {
    StageView* stage = stage_->stage();
    stage->set_overlay(docks_->overlay(stage->seen_area().size().toSize()), docks_->overlay_opacity());
  });
  connect(&workspace_->explorer(), &Explorer::frame_shown, docks_, &Docks::show_channel); // over the new image
}

void MainWindow::connect_session() {
  workspace_->set_view_keeper([this](Session& session) { docks_->keep(session); });
  connect(&workspace_->sessions(), &SessionKeeper::opening, docks_, &Docks::put_back);
  connect(&workspace_->sessions(), &SessionKeeper::opened, this, &MainWindow::show_title);
  connect(&workspace_->sessions(), &SessionKeeper::opened, this, &MainWindow::session_opened);
  connect(&workspace_->sessions(), &SessionKeeper::saved, this, &MainWindow::show_title);
  connect(&workspace_->sessions(), &SessionKeeper::saved, this, &MainWindow::session_saved);
  connect(workspace_.get(), &Workspace::unsaved_changed, this,
          [this] { setWindowModified(workspace_->unsaved().any()); });
}

void MainWindow::keep_recent_files() {
  const auto keep = [this](RecentKind kind, const QString& path) {
    if (remembers_ && !path.isEmpty())
      add_recent_file(kind, path);
  };
  connect(&workspace_->explorer(), &Explorer::network_opened, this, [this, keep] {
    keep(RecentKind::Network, QString::fromStdString(workspace_->explorer().network()->source.file.string()));
  });
  connect(workspace_.get(), &Workspace::images_taken, this, [this, keep] {
    for (const QString& path : workspace_->images().from())
      keep(RecentKind::Images, path);
  });
  const auto keep_session = [this, keep] { keep(RecentKind::Session, workspace_->sessions().file()); };
  connect(&workspace_->sessions(), &SessionKeeper::opening, this, keep_session);
  connect(&workspace_->sessions(), &SessionKeeper::saved, this, keep_session);
}

void MainWindow::remember() {
  remembers_ = true;
  const QSettings settings = user_settings();
  restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
  if (!restoreState(settings.value(QStringLiteral("window/layout")).toByteArray()))
    QTimer::singleShot(0, docks_, &Docks::arrange);
}

bool MainWindow::settled() const { return workspace_->settled() && docks_->settled(); }

void MainWindow::set_preferences(const Preferences& preferences) {
  const bool run_differs = preferences.run_differs(preferences_);
  preferences_ = preferences;
  docks_->maps()->set_colour_choice(preferences_.colours);
  if (const auto& network = workspace_->explorer().network(); network && run_differs)
    workspace_->open_network(network->source, network->options.input_size);
}

void MainWindow::ask_for_preferences() {
  PreferencesDialog dialog(preferences_, this);
  if (dialog.exec() != QDialog::Accepted)
    return;
  const Preferences chosen = dialog.preferences();
  save_preferences(chosen);
  if (chosen.theme != preferences_.theme)
    apply_theme(*qobject_cast<QApplication*>(QApplication::instance()), chosen.theme);
  set_preferences(chosen);
}

void MainWindow::open_demo() {
  if (const QString missing = Demo::missing(); !missing.isEmpty())
    stage_->errors()->show_error(missing);
  stage_->show_waiting(tr("Opening the demonstration. The first time, this makes the scenes, which takes a moment…"));
  delete findChild<Demo*>(); // one that has not finished
  new Demo(*workspace_, this);
}

void MainWindow::start_tour() {
  delete findChild<Tour*>();
  if (!workspace_->explorer().network() && workspace_->images().samples().samples.empty())
    open_demo();
  new Tour(window_tour(*stage_, *docks_, *actions_), this);
}

void MainWindow::show_title() {
  const QString name = QFileInfo(workspace_->sessions().file()).completeBaseName();
  setWindowTitle((name.isEmpty() ? QStringLiteral("ScaleScope") : name + QStringLiteral(" – ScaleScope")) +
                 QStringLiteral("[*]"));
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls())
    event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  QStringList files;
  for (const QUrl& url : event->mimeData()->urls())
    if (url.isLocalFile())
      files << url.toLocalFile();
    else
      emit workspace_->failed(tr("%1 is not on this computer; save it as a file and open that.").arg(url.toString()));
  workspace_->open_files(files);
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (workspace_->unsaved().any() && !closing_) {
    event->ignore();
    workspace_->when_safe({tr("Quitting"),
                           {.curve = true, .boxes = true},
                           [this] { // queued: a window that is being closed can't be closed
                             closing_ = true;
                             QMetaObject::invokeMethod(this, &QWidget::close, Qt::QueuedConnection);
                           },
                           {}});
    return;
  }
  closing_ = false;
  workspace_->analysis().stop();
  if (remembers_) {
    QSettings settings = user_settings();
    settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
    settings.setValue(QStringLiteral("window/layout"), saveState());
  }
  QMainWindow::closeEvent(event);
}

void MainWindow::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Space && !event->isAutoRepeat())
    stage_->stage()->show_original(true);
  else
    QMainWindow::keyPressEvent(event);
}

void MainWindow::keyReleaseEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Space && !event->isAutoRepeat())
    stage_->stage()->show_original(false);
  else
    QMainWindow::keyReleaseEvent(event);
}

} // namespace scalescope
