#pragma once

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace scalescope {

/// Whether work that did not end in time is still running on a detached thread. Such a program must end with
/// std::_Exit, because destructors would destroy data that the thread still uses.
[[nodiscard]] inline std::atomic<bool>& work_was_given_up() {
  static std::atomic<bool> given_up = false;
  return given_up;
}

/// Runs work() on its own thread. Returns its result, or throws its exception; no value if it has not ended after
/// `limit`. Then it continues on that thread, so it must own everything that it uses. For work that can't be stopped,
/// such as the code of a network.
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

/// While an object of this class exists, a stop waits for it, however long it takes: files are being renamed, or the
/// state of a long training is being saved.
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
