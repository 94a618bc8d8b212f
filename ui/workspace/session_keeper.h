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

/// Saves the workspace as a session, and restores sessions, in the background.
class SessionKeeper : public QObject {
  Q_OBJECT

 public:
  SessionKeeper(Workspace& workspace, WorkGuard& guard, FileJobs& files);
  ~SessionKeeper() override;

  /// Reads the session. If the person agrees to lose unsaved work, it replaces what is open.
  void open(const QString& file);
  /// Writes the session and then calls `then`, or `failed` if that is not possible. Returns at once.
  void write(const QString& file, const std::function<void()>& then = {}, const std::function<void()>& failed = {});
  /// Saves to the present file, or asks for one; no answer counts as failed.
  void save(const std::function<void()>& then = {}, const std::function<void()>& failed = {});
  void save_as(const std::function<void()>& then = {},
               const std::function<void()>& failed = {}); ///< always asks for a file

  [[nodiscard]] const QString& file() const { return file_; }          ///< "": never saved
  [[nodiscard]] bool restoring() const { return restore_ != nullptr; } ///< a session is being restored
  /// Whether this is the network of the session that is being restored; the person has then already agreed.
  [[nodiscard]] bool brings(const ModelSource& network) const;

 signals:
  void opening(const scalescope::Session& session); ///< the view can be restored now
  void opened(const scalescope::Session& session);  ///< all parts are restored, or have failed
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
