#include "app/commands/commands.h"
#include "app/interrupt.h"
#include "app/options/enum_option.h"
#include "app/options/network_options.h"
#include "app/options/preprocessing_options.h"
#include "core/base/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace scalescope {
namespace {

std::string counted(std::int64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0)
      text += ',';
    text += digits[i];
  }
  return text;
}

void print_table(const PruneJob& job, const PruneJobResult& done) {
  const PruneResult& result = done.result;
  fmt::print("{} pruned after {}{}, returning {}\n\n", for_terminal(done.network), for_terminal(result.layer),
             done.r2
                 ? fmt::format(" (R2 of {} {:.3f} +- {:.3f})", done.target, done.r2->mean, done.r2->standard_deviation)
                 : "",
             text_of(job.output));
  const auto row = [](const char* what, const std::string& before, const std::string& after) {
    fmt::print("  {:<26}  {:>16}  {:>16}\n", what, before, after);
  };
  const auto milliseconds = [](double value) { return fmt::format("{:.2f} ms", value); };
  row("", "before", "after");
  row("modules", counted(result.before.modules), counted(result.after.modules));
  row("parameters", counted(result.before.parameters), counted(result.after.parameters));
  row("multiply-adds per image", counted(result.before.multiply_adds), counted(result.after.multiply_adds));
  row("file size in bytes", result.before.bytes == 0 ? "-" : counted(static_cast<std::int64_t>(result.before.bytes)),
      counted(static_cast<std::int64_t>(result.after.bytes)));
  row("latency, one image", milliseconds(result.before.milliseconds), milliseconds(result.after.milliseconds));
  row("  original up to the layer", milliseconds(result.milliseconds_to_layer), "");
  fmt::print("\nRemoved: {}\n",
             result.gone.empty() ? "nothing" : for_terminal(fmt::format("{}", fmt::join(result.gone, ", "))));
  fmt::print("Compared with the layer of the original on {} {}: the largest relative difference is {:.1e}.\n",
             result.images, result.random_images ? "random images" : "images", result.difference);
  fmt::print("Written: {}{}\n", job.out, job.state_dict.empty() ? "" : ", " + job.state_dict);
}

nlohmann::json cost_json(const NetworkCost& cost) {
  return {{"modules", cost.modules},
          {"parameters", cost.parameters},
          {"multiply_adds", cost.multiply_adds},
          {"bytes", cost.bytes},
          {"milliseconds", cost.milliseconds}};
}

void print_json(const PruneJob& job, const PruneJobResult& done) {
  const PruneResult& result = done.result;
  const auto& r2 = done.r2;
  const nlohmann::json json{{"layer", result.layer},
                            {"output", text_of(job.output)},
                            {"r2_mean", r2 ? nlohmann::json(r2->mean) : nlohmann::json(nullptr)},
                            {"r2_sd", r2 ? nlohmann::json(r2->standard_deviation) : nlohmann::json(nullptr)},
                            {"before", cost_json(result.before)},
                            {"after", cost_json(result.after)},
                            {"milliseconds_to_layer", result.milliseconds_to_layer},
                            {"gone", result.gone},
                            {"difference", result.difference},
                            {"images", result.images},
                            {"random_images", result.random_images}};
  fmt::print("{}\n", json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace));
}

// Checks options that depend on each other.
void check_usage(const PruneJob& job) {
  check_usage(job.network);
  if (job.analysis.empty() && job.layer == "auto")
    throw CLI::RequiredError("--layer auto: --analysis");
  if (job.analysis.empty() && job.output == PrunedOutput::Scale)
    throw CLI::RequiredError("--output scale: --analysis");
  if (job.within_se && job.layer != "auto")
    throw CLI::RequiredError("--within-se: --layer auto");
}

} // namespace

int run_and_tell(const PruneJob& job, Output output, bool json) {
  const PruneJobResult done = [&] {
    TerminalWatch terminal(output);
    return run(job, terminal.watch(), interrupt_token());
  }();
  if (json)
    print_json(job, done);
  else if (output == Output::Person)
    print_table(job, done);
  return 0;
}

Command add_prune_command(CLI::App& program) {
  auto* command = program.add_subcommand(
      "prune",
      "Prune a network: keep the part up to a layer and write it\n"
      "Writes the part of a network up to a layer, in the format in which the network came, or in another. The input "
      "stays the same; the output is the layer. Modules that are not needed are removed. Parameters keep their names, "
      "so the network can be trained further. The file records the network that it comes from.\n\n"
      "Before the archive is written, its output is compared with the layer of the original, on images of the data or "
      "on random images. A relative difference above 1e-5 is an error.\n\n"
      "A network can be pruned only after a layer that all data pass through, not inside a branch.");
  command->footer("EXAMPLE\n"
                  "    scalescope-cli prune --model efficientnet_lite0 --layer auto \\\n"
                  "        --analysis result/analysis.json --output pooled --out pruned.pt");
  const auto job = std::make_shared<PruneJob>();
  const auto json = std::make_shared<bool>(false);
  add_network_options(*command, job->network, "--network-output");
  add_weights_seed_option(*command, job->seed);
  command
      ->add_option("--layer", job->layer, "Name of the layer, or auto: the layer with the best mean R2 in the analysis")
      ->type_name("NAME")
      ->required();
  command->add_option("--analysis", job->analysis, "An analysis.json; needed for auto and for --output scale")
      ->type_name("FILE");
  command->add_flag("--within-se", job->within_se,
                    "With auto: the earliest layer within one standard error over images of the best");
  command
      ->add_option(
          "--output", job->output,
          "What the pruned network returns: map (the layer's feature map), pooled (its mean over positions), or scale "
          "(the prediction of the analysis's regression)")
      ->transform(named<PrunedOutput>())
      ->type_name("KIND")
      ->default_str("map");
  command->add_option("--out", job->out, "File to write, or folder with --format safetensors")
      ->type_name("PATH")
      ->required();
  command
      ->add_option("--format", job->format,
                   "Its format: torchscript (torch.jit.load opens it), pt2 (torch.export.load), onnx or safetensors (a "
                   "folder like timm's and Hugging Face's, with a load.py) [as the name of --out ends: .pt, .pt2, "
                   ".onnx; else the network's own]")
      ->transform(named<NetworkFormat>())
      ->type_name("FORMAT");
  command->add_option("--state-dict", job->state_dict, "Also write its weights: .pth or .safetensors")
      ->type_name("FILE");
  command->add_option("--data", job->data, "Images for the comparison, as in 'analyze' [those of the analysis]")
      ->type_name("PATH");
  add_preprocessing_options(*command, job->preprocessing);
  command->add_option("--seconds", job->seconds, "Time for each measurement of latency")
      ->type_name("S")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  command->add_flag("--json", *json, "Print JSON instead of a table");
  return [job, json] {
    check_usage(*job);
    return run_and_tell(*job, *json ? Output::Quiet : Output::Person, *json);
  };
}

} // namespace scalescope
