#pragma once

#include "core/experiment/bench.h"
#include "core/jobs/job_watch.h"
#include "core/jobs/network_choice.h"

#include <cstdint>
#include <stop_token>

namespace scalescope {

/// How fast a network runs with each engine and precision. What `scalescope-cli bench` does.
struct BenchJob {
  NetworkChoice network;
  BenchSettings settings;
  std::uint64_t seed = 0; ///< of random weights
};

struct BenchResult {
  Bench bench;
  NetworkInfo network;
};

/// Runs it. @throws Error if nothing can run; Cancelled when stopped.
[[nodiscard]] BenchResult run(const BenchJob& job, const JobWatch& watch = {}, const std::stop_token& stop = {});

} // namespace scalescope
