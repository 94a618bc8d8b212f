#include "core/experiment/bench.h"

#include "core/base/error.h"
#include "core/features/timing.h"

#include <fmt/format.h>

#include <algorithm>

namespace scalescope {
namespace {

std::vector<std::string> analyzed_layers(const Network& network) {
  std::vector<std::string> names = network.info().blocks;
  for (const auto& name : network.info().head)
    names.push_back(name);
  if (names.empty())
    throw Error(fmt::format("{} has neither blocks nor a head, so there is nothing to measure; give another network.",
                            network.info().name));
  return names;
}

double seconds_a_run(const Network& network, const std::vector<std::string>& layers, int n, double seconds,
                     const std::stop_token& stop) {
  const Plan plan = network.plan(layers, Reduction::Pooled, n);
  const int side = network.info().input_size;
  const auto images = random_images(n, side, network.info().input_form);
  const std::function<void()> run = [&] { (void)network.run(plan, images, n, side, side); };
  return median_seconds({&run, 1}, seconds, stop).front();
}

} // namespace

std::vector<Engine> all_engines() {
  std::vector<Engine> all;
  for (const EngineFacts& facts : known_engines())
    all.push_back(facts.engine);
  return all;
}

Bench bench(const Network& network, const BenchSettings& settings, std::stop_token stop,
            const std::function<void(const std::string&)>& progress) {
  const RunOptions& options = network.info().options;
  Bench result{{}, analyzed_layers(network), {}};
  result.bare_layer = network.info().head.empty() ? result.taps.back() : network.info().head.front();
  if (options.engine == Engine::Auto)
    (void)network.plan(result.taps, Reduction::Pooled); // after this it is known which engine can run the network
  for (const Engine engine : settings.engines) {
    for (const Precision precision : settings.precisions) {
      BenchRow row{engine, precision, engine_name(engine), false, {}, {}};
      if (progress)
        progress(fmt::format("{} {}", row.name, text_of(precision)));
      try {
        RunOptions run = options;
        run.engine = engine;
        run.precision = precision;
        const Network opened = Network::open(network.info().source, run);
        const auto seconds = [&](const std::vector<std::string>& layers, int n) {
          return seconds_a_run(opened, layers, n, settings.seconds, stop);
        };
        row.speed = Speed{.bare = settings.batch / seconds({result.bare_layer}, settings.batch),
                          .taps = settings.batch / seconds(result.taps, settings.batch),
                          .one_image = 1000 * seconds({result.bare_layer}, 1)};
        row.name = opened.info().engine;
        row.automatic = options.engine == Engine::Auto && row.name == network.info().engine &&
                        precision == network.info().precision;
      } catch (const Error& e) {
        row.reason = e.what();
      }
      result.rows.push_back(std::move(row));
    }
  }
  if (std::none_of(result.rows.begin(), result.rows.end(), [](const BenchRow& row) { return row.speed.has_value(); }))
    throw Error(result.rows.front().reason);
  return result;
}

} // namespace scalescope
