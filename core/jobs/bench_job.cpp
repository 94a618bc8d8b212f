#include "core/jobs/bench_job.h"

#include "core/jobs/curve_job.h"

namespace scalescope {

BenchResult run(const BenchJob& job, const JobWatch& watch, const std::stop_token& stop) {
  const Network network = open_network(job.network, job.seed, watch);
  const NetworkInfo& info = network.info();
  const auto all = static_cast<std::int64_t>(job.settings.engines.size() * job.settings.precisions.size());
  std::int64_t done = 0;
  const auto tell = [&](const std::string& what) {
    if (watch.progress)
      watch.progress({"Measuring " + what, done, all, static_cast<double>(done) / static_cast<double>(all)});
    ++done;
  };
  Bench measured = bench(network, info.source, info.options, job.settings, stop, tell);
  return {std::move(measured), info};
}

} // namespace scalescope
