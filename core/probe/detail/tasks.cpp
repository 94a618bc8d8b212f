#include "core/probe/detail/tasks.h"

#include "core/base/error.h"
#include "core/probe/detail/blas.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <numeric>
#include <thread>

namespace scalescope {

void run_tasks(std::span<const double> costs, int threads, const std::stop_token& stop,
               const std::function<void(std::size_t)>& task, const std::function<void(std::size_t, double)>& finished) {
  const double total = std::accumulate(costs.begin(), costs.end(), 0.0);
  std::atomic<std::size_t> next = 0;
  std::mutex mutex; // guards what follows
  double done = 0;
  std::exception_ptr failure;

  const auto run_one = [&](std::size_t i) {
    if (stop.stop_requested()) {
      throw Cancelled();
    }
    task(i);
    const std::scoped_lock lock(mutex);
    done += costs[i];
    finished(i, std::min(done / total, 1.0));
  };
  const auto work = [&] {
    const SingleThreadedBlas guard;
    for (std::size_t i = next++; i < costs.size(); i = next++) {
      try {
        run_one(i);
      } catch (...) {
        const std::scoped_lock lock(mutex);
        if (!failure) {
          failure = std::current_exception();
        }
        next = costs.size();
      }
    }
  };
  {
    std::vector<std::jthread> workers;
    const auto count = std::min(static_cast<std::size_t>(std::max(threads, 1)), costs.size());
    for (std::size_t w = 0; w < count; ++w) {
      workers.emplace_back(work);
    }
  }
  if (failure) {
    std::rethrow_exception(failure);
  }
}

} // namespace scalescope
