#pragma once

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace scalescope {

/// Whether work that did not end in time is still running on a thread that nobody waits for. Such a program ends with
/// std::_Exit: what the thread uses must not be taken away from it.
[[nodiscard]] inline std::atomic<bool>& work_was_given_up() {
  static std::atomic<bool> given_up = false;
  return given_up;
}

/// What work() returns, or throws; nothing if it has not ended after `limit`. It runs on a thread of its own and, where
/// it does not end, goes on there: it must own all that it uses. For what can't be stopped, such as the code of a
/// network.
template <typename Work>
[[nodiscard]] auto result_within(std::chrono::milliseconds limit, Work work) -> std::optional<decltype(work())> {
  std::packaged_task<decltype(work())()> task(std::move(work));
  auto result = task.get_future();
  std::thread(std::move(task)).detach();
  if (result.wait_for(limit) == std::future_status::ready)
    return result.get();
  work_was_given_up() = true;
  return std::nullopt;
}

/// While one exists, a program that was asked to stop is waited for, however long it takes: files are taking their
/// names, or what a long training has learnt is being kept.
class MustFinish {
 public:
  MustFinish() { ++count(); }
  ~MustFinish() { --count(); }
  MustFinish(const MustFinish&) = delete;
  MustFinish& operator=(const MustFinish&) = delete;
  [[nodiscard]] static bool any() { return count() > 0; }

 private:
  static std::atomic<int>& count() {
    static std::atomic<int> number = 0;
    return number;
  }
};

} // namespace scalescope
