#include "app/options/network_options.h"

#include "app/options/enum_option.h"

#include <fmt/format.h>

namespace scalescope {
namespace {

std::string engine_help() {
  std::string help;
  for (const EngineFacts& facts : known_engines())
    help += fmt::format("{} ({}), ", text_of(facts.engine), facts.use);
  return help + "or auto: the first of these that can run here";
}

} // namespace

void add_network_options(CLI::App& command, NetworkChoice& choice, const char* output) {
  command
      .add_option(
          "--model", choice.model,
          "The network: a TorchScript or torch.export archive (.pt, .pt2), an ONNX file (.onnx), a checkpoint (.pth, "
          ".pt, .safetensors), a folder of timm or Hugging Face (config.json and weights), or the name of an installed "
          "one (efficientnet_lite0)")
      ->type_name("FILE|FOLDER");
  command
      .add_option("--arch", choice.architecture,
                  "Built-in architecture, such as resnet50 or timm/convnext_tiny ('scalescope-cli layers "
                  "--list-architectures' lists all). Without --model it needs --random-weights")
      ->type_name("NAME");
  command.add_flag("--random-weights", choice.random_weights, "Draw new weights (with --seed)");
  command
      .add_option(output, choice.output,
                  "The output of a network that returns several tensors, by its name or its number from 0 [the first "
                  "with a vector for each image, else the deepest]")
      ->type_name("NAME|INDEX");
  command
      .add_option_function<Tokens>(
          "--tokens", [&choice](const Tokens& tokens) { choice.tokens = tokens; },
          "What of a transformer's tokens becomes the features of a layer: mean (of the patches), class (the class "
          "token), both, or all (the mean of all tokens)")
      ->transform(named<Tokens>())
      ->type_name("NAME")
      ->default_str("mean");
  command
      .add_option("--input-size", choice.input_size, "Side of the square input in pixels [the network's own, else 224]")
      ->type_name("N")
      ->check(CLI::Range(8, 4096));
  command.add_option("--device", choice.device, "auto, cpu, cuda or cuda:N")->type_name("NAME")->capture_default_str();
  command.add_option("--engine", choice.engine, engine_help())
      ->transform(named<Engine>())
      ->type_name("NAME")
      ->default_str("auto");
  command
      .add_option("--precision", choice.precision,
                  "float32; or bfloat16: about twice as fast if the processor supports it, with three decimal digits; "
                  "on GPUs also float16 and tf32 (see the manual, Engines)")
      ->transform(named<Precision>())
      ->type_name("NAME")
      ->default_str("float32");
  command.add_option("--threads", choice.threads, "Number of threads [all cores]")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  command.add_flag_callback(
      "--no-cache", [&choice] { choice.use_cache = false; },
      "Neither read nor write the cache (see 'scalescope-cli cache')");
}

void add_weights_seed_option(CLI::App& command, std::uint64_t& seed) {
  command.add_option("--seed", seed, "Seed of the random weights")->type_name("N");
}

void check_usage(const NetworkChoice& choice) {
  if (choice.model.empty() && choice.architecture.empty())
    throw CLI::RequiredError("--model (or --arch with --random-weights)");
  if (choice.model.empty() && !choice.random_weights)
    throw CLI::RequiredError("--arch without --model: --random-weights");
}

} // namespace scalescope
