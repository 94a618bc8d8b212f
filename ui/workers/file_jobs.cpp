#include "ui/workers/file_jobs.h"

#include "core/base/explain.h"

namespace scalescope {

FileJobs::FileJobs(QObject* parent) : QObject(parent), thread_([this](const std::stop_token& stop) { work(stop); }) {}

FileJobs::~FileJobs() { thread_ = {}; }

void FileJobs::run(std::function<std::function<void()>()> job) {
  ++under_way_;
  {
    const std::scoped_lock lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void FileJobs::work(const std::stop_token& stop) {
  for (;;) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, stop, [this] { return !jobs_.empty(); });
    if (jobs_.empty()) // the loader was asked to stop
      return;
    const auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    std::function<void()> then;
    try {
      then = job();
    } catch (const std::exception& e) {
      then = [this, what = QString::fromStdString(explain(e))] { emit failed(what); };
    }
    invoker_.call([this, then = std::move(then)] {
      --under_way_;
      if (then)
        then();
    });
  }
}

} // namespace scalescope
