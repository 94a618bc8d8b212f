#pragma once
// Independent tasks on a few threads (private to this library).

#include <cstddef>
#include <functional>
#include <span>
#include <stop_token>

namespace scalescope {

/// Runs task(0), task(1), .. in any order on `threads` threads, with BLAS single-threaded in each.
/// @param costs of the tasks, in any unit.
/// @param finished called after each task, one call at a time, with the share of all costs that is done, 0 to 1.
/// @throws Cancelled when stopped, checked before each task; else the first exception that left a task.
void run_tasks(std::span<const double> costs, int threads, const std::stop_token& stop,
               const std::function<void(std::size_t)>& task,
               const std::function<void(std::size_t task, double share)>& finished);

} // namespace scalescope
