#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace scalescope {

/// Makes things one after another on threads of its own, ahead of the one who takes them: thing i is make(i), they are
/// handed out in order, and never are more than `ahead` of them waiting or being made. What make(i) throws, the
/// next() that would have handed out thing i throws. Destroying it early waits for what is being made and makes no
/// more.
template <typename Thing>
class ReadAhead {
 public:
  /// @param prepare runs first on each thread.
  ReadAhead(
      std::size_t count, int threads, std::size_t ahead, std::function<Thing(std::size_t)> make,
      const std::function<void()>& prepare = [] {})
      : count_(count), ahead_(ahead), make_(std::move(make)) {
    for (int i = 0; i < threads; ++i)
      threads_.emplace_back([this, prepare] {
        prepare();
        work();
      });
  }
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;
  ~ReadAhead() {
    {
      const std::scoped_lock lock(mutex_);
      count_ = 0;
    }
    room_.notify_all();
  }

  /// The next thing, waited for. To be called `count` times at most.
  [[nodiscard]] Thing next() {
    std::unique_lock lock(mutex_);
    made_.wait(lock, [this] { return finished_.contains(taken_); });
    auto finished = finished_.extract(taken_++);
    lock.unlock();
    room_.notify_one();
    if (finished.mapped().failure)
      std::rethrow_exception(finished.mapped().failure);
    return std::move(*finished.mapped().thing);
  }

 private:
  struct Finished {
    std::optional<Thing> thing;
    std::exception_ptr failure;
  };

  void work() {
    for (;;) {
      std::unique_lock lock(mutex_);
      room_.wait(lock, [this] { return begun_ >= count_ || begun_ < taken_ + ahead_; });
      if (begun_ >= count_)
        return;
      const std::size_t i = begun_++;
      lock.unlock();
      Finished finished;
      try {
        finished.thing.emplace(make_(i));
      } catch (...) {
        finished.failure = std::current_exception();
      }
      lock.lock();
      finished_.emplace(i, std::move(finished));
      lock.unlock();
      made_.notify_one();
    }
  }

  std::mutex mutex_; ///< guards what follows, but for make_ and threads_
  std::condition_variable room_;
  std::condition_variable made_;
  std::size_t count_;
  std::size_t ahead_;
  std::size_t begun_ = 0;
  std::size_t taken_ = 0;
  std::map<std::size_t, Finished> finished_;
  std::function<Thing(std::size_t)> make_;
  std::vector<std::jthread> threads_; ///< last: joined before the rest goes
};

} // namespace scalescope
