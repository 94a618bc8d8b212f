#include "core/experiment/bench.h"
#include "app/commands/commands.h"
#include "app/interrupt.h"
#include "app/messages.h"
#include "app/options/model_options.h"
#include "core/base/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>

namespace scalescope {
namespace {

struct BenchOptions {
  ModelOptions model;
  BenchSettings settings;
  bool json = false;
};

void print_json(const Network& network, const Bench& bench, const BenchSettings& settings) {
  nlohmann::json rows = nlohmann::json::array();
  for (const BenchRow& row : bench.rows) {
    auto& json = rows.emplace_back(nlohmann::json{{"engine", row.engine == Engine::OpenVino ? "openvino" : "libtorch"},
                                                  {"name", row.name},
                                                  {"precision", name_of(row.precision)},
                                                  {"auto", row.automatic}});
    if (row.speed)
      json.update({{"bare_images_per_second", row.speed->bare},
                   {"taps_images_per_second", row.speed->taps},
                   {"one_image_milliseconds", row.speed->one_image}});
    else
      json["reason"] = row.reason;
  }
  const nlohmann::json json{{"network", network.name()},
                            {"architecture", network.architecture()},
                            {"input_size", network.input_size()},
                            {"device", network.device()},
                            {"threads", network.threads()},
                            {"batch", settings.batch},
                            {"bare_layer", bench.bare_layer},
                            {"taps", bench.taps},
                            {"rows", rows}};
  fmt::print("{}\n", json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void print_table(const Network& network, const Bench& bench, const BenchSettings& settings) {
  std::size_t width = 6;
  for (const BenchRow& row : bench.rows)
    width = std::max(width, row.name.size());
  fmt::print("{}, input {} x {} x 3, {} images a run, {} with {} threads\n\n", for_terminal(network.name()),
             network.input_size(), network.input_size(), settings.batch, network.device(), network.threads());
  fmt::print("  {:<{}}  {:<9}  {:>13}  {:>13}  {:>13}\n", "", width, "", "bare", "with taps", "one image");
  fmt::print("  {:<{}}  {:<9}  {:>13}  {:>13}  {:>13}\n", "engine", width, "precision", "images/s", "images/s", "ms");
  for (const BenchRow& row : bench.rows) {
    fmt::print("{} {:<{}}  {:<9}  ", row.automatic ? '*' : ' ', row.name, width, name_of(row.precision));
    if (row.speed)
      fmt::print("{:>13.1f}  {:>13.1f}  {:>13.2f}\n", row.speed->bare, row.speed->taps, row.speed->one_image);
    else
      fmt::print("{}\n", row.reason);
  }
  fmt::print("\nBare and for one image only the layer '{}' is read; with taps {} layers are read and pooled, as in "
             "'analyze'.\n",
             bench.bare_layer, bench.taps.size());
  if (std::any_of(bench.rows.begin(), bench.rows.end(), [](const BenchRow& row) { return row.automatic; }))
    fmt::print("* what --engine auto takes at --precision {}.\n", name_of(network.precision()));
}

} // namespace

Command add_bench_command(CLI::App& program) {
  auto* command = program.add_subcommand(
      "bench",
      "Measure how fast a network runs with each engine and precision\n"
      "Prints images per second on this machine, bare (one layer read, at the network's end) and with all layers that "
      "'analyze' looks at read and pooled, and milliseconds for one image. Images are random and decoded; each figure "
      "is that of the median run. What --engine auto takes is marked with a star; what can't run is listed with the "
      "reason.\n\n"
      "With --engine or --precision only that one is measured.");
  command->footer("EXAMPLE\n    scalescope-cli bench --model efficientnet_lite0 --threads 2");
  const auto options = std::make_shared<BenchOptions>();
  options->model.add_to(*command);
  command->add_option("--seed", options->model.source.seed, "Of the random weights")->type_name("N");
  command->add_option("--batch", options->settings.batch, "Images a run")
      ->type_name("N")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--seconds", options->settings.seconds, "Time for each figure")
      ->type_name("S")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print JSON instead of a table");
  return [options, precision = command->get_option("--precision")] {
    const RunOptions& run = options->model.run;
    if (run.engine != Engine::Auto)
      options->settings.engines = {run.engine};
    if (precision->count() > 0)
      options->settings.precisions = {run.precision};
    const Network network = options->model.open(options->json);
    const Bench result =
        bench(network, options->model.source, run, options->settings, interrupt_token(), [&](const std::string& what) {
          if (!options->json)
            fmt::print(message_stream(), "Measuring {}\n", what);
        });
    options->json ? print_json(network, result, options->settings) : print_table(network, result, options->settings);
    return 0;
  };
}

} // namespace scalescope
