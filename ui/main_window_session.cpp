// Saving and opening sessions, and what becomes of unsaved work.

#include "core/base/explain.h"
#include "ui/channel_view.h"
#include "ui/class_names.h"
#include "ui/curve_view.h"
#include "ui/error_bar.h"
#include "ui/feature_panel.h"
#include "ui/image_panel.h"
#include "ui/main_window.h"
#include "ui/stage_controls.h"

#include <QCloseEvent>
#include <QFileInfo>
#include <QStatusBar>

#include <algorithm>
#include <cstdlib>

namespace scalescope {
namespace {

bool differs_much(const QSize& a, const QSize& b) {
  return a.isValid() &&
         (std::abs(a.width() - b.width()) > b.width() / 10 || std::abs(a.height() - b.height()) > b.height() / 10);
}

} // namespace

Session MainWindow::session() const {
  Session kept;
  if (const auto& network = explorer_->network()) {
    kept.network = network->source;
    kept.input_size = network->options.input_size;
    kept.preprocessing = explorer_->preprocessing();
  }
  kept.images = images_from_;
  kept.boxes = boxes_;
  if (const int current = images_->current(); current >= 0)
    kept.sample = images_->samples().samples[static_cast<std::size_t>(current)].id;
  kept.edit = explorer_->edit();
  kept.cut = explorer_->cut();
  kept.layer = explorer_->layer();
  kept.channel = maps_->grid()->chosen();
  kept.overlay = channel_->overlay_on();
  kept.opacity = channel_->opacity();
  kept.order = maps_->grid()->order();
  kept.normalisation = maps_->normalisation();
  kept.colours = maps_->colour_choice();
  kept.target = target_;
  kept.class_names = class_file_;
  kept.results = analysis_->results();
  kept.layout = saveState();
  kept.window = size();
  return kept;
}

void MainWindow::save_session(const QString& file, const std::function<void()>& then) {
  setWindowModified(false); // what changes from here on is not in it
  files_->run([this, kept = session(), file, then]() -> std::function<void()> {
    try {
      write_session(kept, file);
    } catch (const std::exception& e) {
      return [this, what = QString::fromStdString(explain(e))] {
        setWindowModified(true);
        errors_->show_error(what);
      };
    }
    return [this, file, then] {
      session_file_ = file;
      show_title();
      add_recent(RecentKind::Session, file);
      statusBar()->showMessage(tr("Session saved in %1.").arg(file));
      emit session_saved();
      if (then)
        then();
    };
  });
}

void MainWindow::when_work_is_safe(const std::function<void()>& run) {
  if (!isWindowModified())
    return run();
  switch (questions_.unsaved()) {
  case Questions::Unsaved::Save:
    if (const QString to = session_file_.isEmpty() ? questions_.session_file() : session_file_; !to.isEmpty())
      save_session(to, run);
    return;
  case Questions::Unsaved::Discard:
    setWindowModified(false);
    return run();
  case Questions::Unsaved::Cancel:
    return;
  }
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (isWindowModified()) {
    event->ignore();
    // Queued: a window that is being closed can't be closed.
    when_work_is_safe([this] { QMetaObject::invokeMethod(this, &QWidget::close, Qt::QueuedConnection); });
    return;
  }
  analysis_->stop();
  if (remembers_) {
    QSettings settings = user_settings();
    settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
    settings.setValue(QStringLiteral("window/layout"), saveState());
  }
  QMainWindow::closeEvent(event);
}

void MainWindow::set_class_names(const QString& file) {
  files_->run([this, file]() -> std::function<void()> {
    const QStringList names = file.isEmpty() ? imagenet_class_names() : read_class_names(file);
    return [this, file, names] {
      class_file_ = file;
      class_names_ = names;
      if (const auto& network = explorer_->network(); !file.isEmpty() && network && !network->head.empty()) {
        const auto end = std::ranges::find(network->layers, network->head.back(), &Layer::name);
        if (end != network->layers.end() && end->channels() != names.size())
          errors_->show_note(tr("%1 names %2 classes, but the network has %3: its classes go by their numbers.")
                                 .arg(file)
                                 .arg(names.size())
                                 .arg(end->channels()));
      }
      explorer_->look();
    };
  });
}

void MainWindow::open_session(const QString& file) {
  when_work_is_safe([this, file] {
    files_->run([this, file]() -> std::function<void()> {
      return [this, read = read_session(file), file] { restore(read, file); };
    });
  });
}

// Part after part: the network, then the images, then what stood on the stage. Each starts when the one before is there
// or has failed, which is said in the bar.
void MainWindow::restore(ReadSession read, const QString& file) {
  Session& session = read.session;
  for (const QString& missing : read.missing) {
    const QString found = questions_.moved_file(missing);
    if (!found.isEmpty()) {
      session = with_path(session, missing, found);
      continue;
    }
    errors_->show_note(tr("%1 was not found; the session is open without it.").arg(missing));
    session.images.removeAll(missing);
    if (session.network && QString::fromStdString(session.network->file.string()) == missing)
      session.network.reset();
    if (session.class_names == missing)
      session.class_names.clear();
  }
  welcome_->hide();
  restoring_ = session;
  session_file_ = file;
  add_recent(RecentKind::Session, file);
  restoreState(session.layout);
  if (differs_much(session.window, size())) // heights of another window leave no room for the stage in this one
    arrange_docks();
  maps_->set_normalisation(session.normalisation);
  maps_->set_colour_choice(session.colours);
  maps_->set_order(session.order);
  channel_->set_overlay(session.overlay, session.opacity);
  if (session.class_names != class_file_)
    set_class_names(session.class_names);
  if (session.network) {
    open_source(*session.network, session.input_size);
    return;
  }
  analysis_->set_results(session.results);
  restore_images();
}

void MainWindow::restore_images() {
  if (!restoring_->images.isEmpty()) {
    open_images(restoring_->images, restoring_->target);
    return;
  }
  images_from_.clear();
  target_.clear();
  boxes_.clear();
  images_->set_samples({});
  restore_stage();
}

void MainWindow::restore_stage() {
  const Session session = *std::exchange(restoring_, std::nullopt);
  boxes_ = session.boxes;
  const auto& samples = images_->samples().samples;
  int on_stage = -1;
  for (int i = 0; i < static_cast<int>(samples.size()); ++i) {
    const std::string& id = samples[static_cast<std::size_t>(i)].id;
    if (const auto box = boxes_.find(id); box != boxes_.end())
      images_->set_box(i, box->second);
    if (id == session.sample || on_stage < 0)
      on_stage = id == session.sample ? i : 0;
  }
  images_->set_current(on_stage);
  controls_->set_cut(session.cut);
  wanted_channel_ = session.channel;
  if (on_stage < 0) {
    explorer_->set_sample(std::nullopt);
  } else {
    explorer_->restore_sample(samples[static_cast<std::size_t>(on_stage)], session.cut, session.edit);
  }
  setWindowModified(false);
  show_title();
  emit session_opened();
}

} // namespace scalescope
