#pragma once

#include "ui/workspace/session.h"

#include <QObject>

namespace scalescope {

class Workspace;

/// Restores a session into the workspace part by part: network, images, stage. Each part starts when the workspace
/// reports that the previous one is restored or has failed.
class SessionRestore : public QObject {
  Q_OBJECT

 public:
  SessionRestore(Workspace& workspace, Session session);
  void start(); ///< finished() follows
  [[nodiscard]] const Session& session() const { return session_; }
  /// Whether this is the session's network; the person has then already agreed to replace the old one.
  [[nodiscard]] bool brings(const ModelSource& network) const { return session_.network == network; }

 signals:
  void finished();

 private:
  void open_network();
  void take_network();
  void open_images();
  void drop_images();
  void fill_stage();

  Workspace& workspace_;
  const Session session_;
};

} // namespace scalescope
