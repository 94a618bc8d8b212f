// Saving and opening sessions, and what becomes of unsaved work.

#include "core/base/explain.h"
#include "ui/curve/curve_view.h"
#include "ui/images/image_panel.h"
#include "ui/maps/channel_view.h"
#include "ui/maps/feature_panel.h"
#include "ui/stage/stage_controls.h"
#include "ui/widgets/error_bar.h"
#include "ui/window/main_window.h"
#include "ui/workspace/class_names.h"

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

void MainWindow::save_session(const QString& file, const std::function<void()>& then,
                              const std::function<void()>& failed) {
  std::vector<std::filesystem::path> inputs = files_in_use();
  std::erase(inputs, std::filesystem::path(session_file_.toStdString())); // which it may replace
  ++saving_;
  const auto saved = [this, file, then, written = work_.done()] { // what is done from here on is not in it
    --saving_;
    work_.saved(written);
    session_file_ = file;
    show_unsaved();
    show_title();
    add_recent(RecentKind::Session, file);
    statusBar()->showMessage(tr("Session saved in %1.").arg(file));
    emit session_saved();
    if (then)
      then();
    ask_next();
  };
  files_->run([this, kept = session(), file, inputs, saved, failed]() -> std::function<void()> {
    try {
      write_session(kept, file, inputs);
    } catch (const std::exception& e) {
      return [this, failed, what = QString::fromStdString(explain(e))] {
        --saving_;
        errors_->show_error(what);
        if (failed)
          failed();
        ask_next();
      };
    }
    return saved;
  });
}

void MainWindow::show_unsaved() { setWindowModified(work_.unsaved().any()); }

void MainWindow::curve_is_gone() {
  work_.curve_gone();
  show_unsaved();
}

void MainWindow::when_work_is_safe(Plan plan) {
  plans_.push_back(std::move(plan));
  ask_next();
}

// One question at a time; and none while a session is being saved, after which there may be nothing to ask about.
void MainWindow::ask_next() {
  while (!plans_.empty() && !asking_ && saving_ == 0) {
    const Plan plan = std::move(plans_.front());
    plans_.pop_front();
    const Work lost = plan.loses & work_.unsaved();
    if (!lost.any()) {
      plan.run();
      continue;
    }
    const auto keep = plan.keep ? plan.keep : [] {};
    asking_ = true;
    const auto answer = questions_.unsaved(
        (lost.curve && lost.boxes ? tr("%1 would discard the curve and the boxes drawn by hand, which are not saved. "
                                       "Save them in a session first?")
         : lost.curve             ? tr("%1 would discard the curve, which is not saved. Save it in a session first?")
                      : tr("%1 would discard the boxes drawn by hand, which are not saved. Save them in a session "
                           "first?"))
            .arg(plan.what));
    QString to;
    if (answer == Questions::Unsaved::Save)
      to = session_file_.isEmpty() ? questions_.session_file() : session_file_;
    asking_ = false;
    if (!to.isEmpty())
      save_session(to, plan.run, keep);
    else if (answer == Questions::Unsaved::Discard)
      plan.run(); // the work counts as unsaved until it is gone
    else
      keep();
  }
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (work_.unsaved().any() && !closing_) {
    event->ignore();
    when_work_is_safe({tr("Quitting"),
                       {.curve = true, .boxes = true},
                       [this] { // queued: a window that is being closed can't be closed
                         closing_ = true;
                         QMetaObject::invokeMethod(this, &QWidget::close, Qt::QueuedConnection);
                       },
                       {}});
    return;
  }
  closing_ = false;
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
  files_->run([this, file]() -> std::function<void()> {
    return [this, read = read_session(file), file] {
      when_work_is_safe({tr("Opening %1").arg(QFileInfo(file).fileName()),
                         {.curve = true, .boxes = true},
                         [this, read, file] { restore(read, file); },
                         {}});
    };
  });
}

bool MainWindow::is_restoring(const ModelSource& network) const {
  return restoring_ && restoring_->network && *restoring_->network == network;
}

// Part after part: the network, then the images, then what stood on the stage. Each starts when the one before is there
// or has failed, which is said in the bar.
void MainWindow::restore(ReadSession read, const QString& file) {
  Session& session = read.session;
  asking_ = true;
  for (const QString& missing : read.missing) {
    const QString found = questions_.moved_file(missing);
    if (!found.isEmpty()) {
      session = with_path(session, missing, found);
      continue;
    }
    errors_->show_error(tr("%1 was not found; the session is open without it.").arg(missing));
    session.images.removeAll(missing);
    if (session.network && QString::fromStdString(session.network->file.string()) == missing)
      session.network.reset();
    if (session.class_names == missing)
      session.class_names.clear();
  }
  asking_ = false;
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
  curve_is_gone(); // the one before
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
  work_.boxes_gone(); // those before
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
  show_unsaved();
  show_title();
  emit session_opened();
}

} // namespace scalescope
