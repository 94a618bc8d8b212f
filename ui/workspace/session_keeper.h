#pragma once

#include "ui/workspace/session.h"
#include "ui/workspace/session_restore.h"

#include <QObject>

#include <functional>
#include <memory>

namespace scalescope {

class FileJobs;
class WorkGuard;
class Workspace;

/// Saves the workspace as a session and puts sessions back, in the background.
class SessionKeeper : public QObject {
  Q_OBJECT

 public:
  SessionKeeper(Workspace& workspace, WorkGuard& guard, FileJobs& files);
  ~SessionKeeper() override;

  /// Reads the session; once the person agreed to what would be lost with it, it takes the place of what is open.
  void open(const QString& file);
  /// Writes the session and then goes on, or with `failed` where it can't. Returns at once.
  void write(const QString& file, const std::function<void()>& then = {}, const std::function<void()>& failed = {});
  /// The same into its file, or where the person says: nowhere counts as failed.
  void save(const std::function<void()>& then = {}, const std::function<void()>& failed = {});
  void save_as(const std::function<void()>& then = {}, const std::function<void()>& failed = {}); ///< asks in any case

  [[nodiscard]] const QString& file() const { return file_; }          ///< "": never saved
  [[nodiscard]] bool restoring() const { return restore_ != nullptr; } ///< a session is being put back
  /// Whether it is the network of the session that is being put back: of all that it takes was asked before.
  [[nodiscard]] bool brings(const ModelSource& network) const;

 signals:
  void opening(const scalescope::Session& session); ///< now is the time to put back the view
  void opened(const scalescope::Session& session);  ///< all of it is there, or has failed
  void saved(QString file);
  void failed(QString what);

 private:
  void restore(const ReadSession& read, const QString& file);
  [[nodiscard]] Session without_missing(const ReadSession& read);
  void end_restore();

  Workspace& workspace_;
  WorkGuard& guard_;
  FileJobs& files_;
  QString file_;
  std::unique_ptr<SessionRestore> restore_;
};

} // namespace scalescope
