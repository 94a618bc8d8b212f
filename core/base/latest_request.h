#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace scalescope {

/// Serves requests on its own thread. Only the latest counts: it replaces a waiting one, and stops the one that is
/// being served.
template <typename Request>
class LatestRequest {
 public:
  /// @param serve is called on the thread. It must not throw, and should check its stop token now and then.
  explicit LatestRequest(std::function<void(const Request&, const std::stop_token&)> serve)
      : serve_(std::move(serve)), thread_([this](const std::stop_token& stop) { work(stop); }) {}
  LatestRequest(const LatestRequest&) = delete;
  LatestRequest& operator=(const LatestRequest&) = delete;
  /// Stops the request that is being served, and waits for it.
  ~LatestRequest() {
    {
      const std::scoped_lock lock(mutex_);
      serving_.request_stop();
    }
    thread_ = {};
  }

  void put(Request request) {
    {
      const std::scoped_lock lock(mutex_);
      serving_.request_stop();
      waiting_ = std::move(request);
    }
    wake_.notify_one();
  }

 private:
  void work(const std::stop_token& stop) {
    for (;;) {
      std::unique_lock lock(mutex_);
      if (!wake_.wait(lock, stop, [this] { return waiting_.has_value(); }) || stop.stop_requested())
        return;
      const Request request = std::move(*waiting_);
      waiting_.reset();
      serving_ = std::stop_source();
      const std::stop_token token = serving_.get_token();
      lock.unlock();
      serve_(request, token);
    }
  }

  std::function<void(const Request&, const std::stop_token&)> serve_;
  std::mutex mutex_; ///< guards what follows
  std::condition_variable_any wake_;
  std::optional<Request> waiting_;
  std::stop_source serving_;
  std::jthread thread_; ///< last: it starts when all other members exist
};

} // namespace scalescope
