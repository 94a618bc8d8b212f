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

/// Makes items on its own threads ahead of the consumer. Item i is make(i); next() returns the items in order. At most
/// `ahead` items are waiting or being made. If make(i) throws, next() throws the exception in place of item i. The
/// destructor waits for the items that are being made and starts no more.
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

  /// Waits for the next item and returns it. May be called at most `count` times.
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
