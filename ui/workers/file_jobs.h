#pragma once

#include "ui/workers/queued_invoker.h"

#include <QObject>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace scalescope {

/// Reads and writes files in a background thread, one job after the other. All jobs are finished, even if the window
/// closes meanwhile. Belongs to the UI thread.
class FileJobs : public QObject {
  Q_OBJECT

 public:
  explicit FileJobs(QObject* parent = nullptr);
  ~FileJobs() override; ///< Waits for the jobs.

  /// @param job runs on the background thread and returns a function for the UI thread (may be empty). An exception
  /// becomes failed().
  void run(std::function<std::function<void()>()> job);
  [[nodiscard]] bool busy() const { return under_way_ > 0; }

 signals:
  void failed(const QString& what);

 private:
  void work(const std::stop_token& stop);

  QueuedInvoker invoker_;
  int under_way_ = 0;
  std::mutex mutex_; ///< guards jobs_
  std::condition_variable_any wake_;
  std::deque<std::function<std::function<void()>()>> jobs_;
  std::jthread thread_; ///< last: it starts when all other members exist
};

} // namespace scalescope
