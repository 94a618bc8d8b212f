#pragma once

#include <QObject>

#include <deque>
#include <functional>
#include <mutex>

namespace scalescope {

/// Calls functions in the thread that it was made in, one after the other in the order in which other threads asked.
/// What waits when it goes is dropped. It hands them over under a lock of its own instead of as arguments of queued
/// signals: ThreadSanitizer can't see the locks of a Qt that was not built for it.
class QueuedInvoker : public QObject {
  Q_OBJECT

 public:
  QueuedInvoker();
  void call(std::function<void()> function); ///< Any thread; returns at once.

 signals:
  void asked();

 private:
  void call_next();

  std::mutex mutex_; ///< guards what follows
  std::deque<std::function<void()>> waiting_;
};

} // namespace scalescope
