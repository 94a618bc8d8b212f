#pragma once

#include <QObject>

#include <deque>
#include <functional>
#include <mutex>

namespace scalescope {

/// Calls functions in the thread that made it, one after the other, in the order of the requests from other threads.
/// Its destructor drops waiting calls. It passes them under its own lock instead of with queued signals, because
/// ThreadSanitizer can't see the locks of a Qt that was not built for it.
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
