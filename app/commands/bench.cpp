#include "app/commands/commands.h"
#include "app/interrupt.h"
#include "app/messages.h"
#include "app/options/network_options.h"
#include "core/base/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>

namespace scalescope {
namespace {

void print_json(const NetworkInfo& network, const Bench& bench, const BenchSettings& settings) {
  nlohmann::json rows = nlohmann::json::array();
  for (const BenchRow& row : bench.rows) {
    auto& json = rows.emplace_back(nlohmann::json{{"engine", text_of(row.engine)},
                                                  {"name", row.name},
                                                  {"precision", text_of(row.precision)},
                                                  {"auto", row.automatic}});
    if (row.speed)
      json.update({{"bare_images_per_second", row.speed->bare},
                   {"taps_images_per_second", row.speed->taps},
                   {"one_image_milliseconds", row.speed->one_image}});
    else
      json["reason"] = row.reason;
  }
  const nlohmann::json json{{"network", network.name},
                            {"architecture", network.architecture},
                            {"input_size", network.input_size},
                            {"device", network.device},
                            {"threads", network.threads},
                            {"batch", settings.batch},
                            {"bare_layer", bench.bare_layer},
                            {"taps", bench.taps},
                            {"rows", rows}};
  fmt::print("{}\n", json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void print_table(const NetworkInfo& network, const Bench& bench, const BenchSettings& settings) {
  std::size_t width = 6;
  for (const BenchRow& row : bench.rows)
    width = std::max(width, row.name.size());
  fmt::print("{}, input {} x {} x 3, {} images per run, {} with {} threads\n\n", for_terminal(network.name),
             network.input_size, network.input_size, settings.batch, network.device, network.threads);
  fmt::print("  {:<{}}  {:<9}  {:>13}  {:>13}  {:>13}\n", "", width, "", "bare", "with taps", "one image");
  fmt::print("  {:<{}}  {:<9}  {:>13}  {:>13}  {:>13}\n", "engine", width, "precision", "images/s", "images/s", "ms");
  for (const BenchRow& row : bench.rows) {
    fmt::print("{} {:<{}}  {:<9}  ", row.automatic ? '*' : ' ', row.name, width, text_of(row.precision));
    if (row.speed)
      fmt::print("{:>13.1f}  {:>13.1f}  {:>13.2f}\n", row.speed->bare, row.speed->taps, row.speed->one_image);
    else
      fmt::print("{}\n", row.reason);
  }
  fmt::print("\nBare, and for one image, only the layer '{}' is read. With taps, {} layers are read and pooled, as in "
             "'analyze'.\n",
             bench.bare_layer, bench.taps.size());
  if (std::any_of(bench.rows.begin(), bench.rows.end(), [](const BenchRow& row) { return row.automatic; }))
    fmt::print("* the choice of --engine auto at --precision {}.\n", text_of(network.precision));
}

} // namespace

int run_and_tell(const BenchJob& job, Output output, bool json) {
  TerminalWatch terminal(output);
  JobWatch watch = terminal.watch();
  if (output == Output::Person)
    watch.progress = [](const JobProgress& progress) { fmt::print(message_stream(), "{}\n", progress.stage); };
  const BenchResult result = run(job, watch, interrupt_token());
  if (json)
    print_json(result.network, result.bench, job.settings);
  else if (output == Output::Person)
    print_table(result.network, result.bench, job.settings);
  return 0;
}

Command add_bench_command(CLI::App& program) {
  auto* command = program.add_subcommand(
      "bench",
      "Measure how fast a network runs with each engine and precision\n"
      "Prints images per second on this machine and milliseconds for one image. 'Bare' reads one layer, at the "
      "network's end; 'with taps' reads and pools all layers that 'analyze' reads by default. The images are random "
      "and already decoded. Each number is the median of several runs. A star marks what --engine auto chooses. An "
      "engine or precision that can't run is listed with the reason.\n\n"
      "With --engine or --precision, only that one is measured.");
  command->footer("EXAMPLE\n    scalescope-cli bench --model efficientnet_lite0 --threads 2");
  const auto job = std::make_shared<BenchJob>();
  const auto json = std::make_shared<bool>(false);
  add_network_options(*command, job->network);
  add_weights_seed_option(*command, job->seed);
  command->add_option("--batch", job->settings.batch, "Images per batch")
      ->type_name("N")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--seconds", job->settings.seconds, "Time for each number")
      ->type_name("S")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  command->add_flag("--json", *json, "Print JSON instead of a table");
  return [job, json, precision = command->get_option("--precision")] {
    check_usage(job->network);
    if (job->network.engine != Engine::Auto)
      job->settings.engines = {job->network.engine};
    if (precision->count() > 0)
      job->settings.precisions = {job->network.precision};
    return run_and_tell(*job, *json ? Output::Quiet : Output::Person, *json);
  };
}

} // namespace scalescope
