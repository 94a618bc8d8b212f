#include "ui/workspace/session_keeper.h"

#include "core/base/explain.h"
#include "ui/workers/file_jobs.h"
#include "ui/workspace/work_guard.h"
#include "ui/workspace/workspace.h"

#include <QFileInfo>

namespace scalescope {

SessionKeeper::SessionKeeper(Workspace& workspace, WorkGuard& guard, FileJobs& files)
    : workspace_(workspace), guard_(guard), files_(files) {}

SessionKeeper::~SessionKeeper() = default;

void SessionKeeper::save(const std::function<void()>& then, const std::function<void()>& failed) {
  file_.isEmpty() ? save_as(then, failed) : write(file_, then, failed);
}

void SessionKeeper::save_as(const std::function<void()>& then, const std::function<void()>& failed) {
  const auto& ask = guard_.questions().session_file;
  if (const QString to = ask ? ask() : QString(); !to.isEmpty())
    write(to, then, failed);
  else if (failed)
    failed();
}

void SessionKeeper::write(const QString& file, const std::function<void()>& then, const std::function<void()>& failed) {
  std::vector<std::filesystem::path> inputs = workspace_.files_in_use();
  std::erase(inputs, std::filesystem::path(file_.toStdString())); // the session may overwrite itself
  guard_.hold();
  const auto done = [this, file, then, written = guard_.done()] { // later work is not in this file
    file_ = file;
    guard_.note_saved(written);
    emit saved(file);
    if (then)
      then();
    guard_.release();
  };
  files_.run([this, kept = workspace_.session(), file, inputs, done, failed]() -> std::function<void()> {
    try {
      write_session(kept, file, inputs);
    } catch (const std::exception& e) {
      return [this, failed, what = QString::fromStdString(explain(e))] {
        emit this->failed(what);
        if (failed)
          failed();
        guard_.release();
      };
    }
    return done;
  });
}

void SessionKeeper::open(const QString& file) {
  files_.run([this, file]() -> std::function<void()> {
    return [this, read = read_session(file), file] {
      guard_.when_safe({tr("Opening %1").arg(QFileInfo(file).fileName()),
                        {.curve = true, .boxes = true},
                        [this, read, file] { restore(read, file); },
                        {}});
    };
  });
}

void SessionKeeper::restore(const ReadSession& read, const QString& file) {
  guard_.hold();
  Session session = without_missing(read);
  file_ = file;
  restore_ = std::make_unique<SessionRestore>(workspace_, std::move(session));
  connect(restore_.get(), &SessionRestore::finished, this, &SessionKeeper::end_restore);
  emit opening(restore_->session());
  restore_->start();
  guard_.release();
}

// Asks for the new path of a moved file; without an answer the session opens without it.
Session SessionKeeper::without_missing(const ReadSession& read) {
  Session session = read.session;
  for (const QString& missing : read.missing) {
    const auto& ask = guard_.questions().moved_file;
    if (const QString there = ask ? ask(missing) : QString(); !there.isEmpty()) {
      session = with_path(session, missing, there);
      continue;
    }
    emit failed(tr("%1 was not found; the session is open without it.").arg(missing));
    session.images.removeAll(missing);
    if (session.network && QString::fromStdString(session.network->file.string()) == missing)
      session.network.reset();
    if (session.class_names == missing)
      session.class_names.clear();
  }
  return session;
}

void SessionKeeper::end_restore() {
  SessionRestore* ended = restore_.release(); // *ended is the sender of the signal
  disconnect(&workspace_.explorer(), nullptr, ended, nullptr);
  disconnect(&workspace_, nullptr, ended, nullptr);
  ended->deleteLater();
  emit opened(ended->session());
}

bool SessionKeeper::brings(const ModelSource& network) const { return restore_ && restore_->brings(network); }

} // namespace scalescope
