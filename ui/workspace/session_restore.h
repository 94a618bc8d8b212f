#pragma once

#include "ui/workspace/session.h"

#include <QObject>

namespace scalescope {

class Workspace;

/// Puts a session's document into the workspace, part after part: network, images, stage. Each starts when the one
/// before is there or has failed, which the workspace says.
class SessionRestore : public QObject {
  Q_OBJECT

 public:
  SessionRestore(Workspace& workspace, Session session);
  void start(); ///< finished() follows
  [[nodiscard]] const Session& session() const { return session_; }
  /// Whether it is the session's network: of what it takes the place of the person was asked before.
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
