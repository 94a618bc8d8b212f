#include "core/jobs/bench_job.h"

#include "core/base/error.h"
#include "core/jobs/curve_job.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

namespace scalescope {

BenchResult run(const BenchJob& job, const JobWatch& watch, const std::stop_token& stop) {
  const auto& engines = job.settings.engines;
  if (engines.empty() || job.settings.precisions.empty() || std::ranges::count(engines, Engine::Auto) > 0) {
    std::vector<std::string> names;
    for (const Engine engine : all_engines())
      names.push_back(text_of(engine));
    throw Error(fmt::format("A bench needs at least one engine by name ({}) and one precision; give them.",
                            fmt::join(names, " or ")));
  }
  const Network network = open_network(job.network, job.seed, watch);
  const NetworkInfo& info = network.info();
  const auto all = static_cast<std::int64_t>(job.settings.engines.size() * job.settings.precisions.size());
  std::int64_t done = 0;
  const auto tell = [&](const std::string& what) {
    if (watch.progress)
      watch.progress({"Measuring " + what, done, all, static_cast<double>(done) / static_cast<double>(all)});
    ++done;
  };
  Bench measured = bench(network, job.settings, stop, tell);
  return {std::move(measured), info};
}

} // namespace scalescope
