#include "core/prune/prune.h"
#include "app/commands/commands.h"
#include "app/interrupt.h"
#include "app/messages.h"
#include "app/options/model_options.h"
#include "app/options/preprocess_options.h"
#include "app/progress_line.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/text.h"
#include "core/network/truncate.h"
#include "core/prune/truncation_point.h"
#include "datasets/readers.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>

namespace scalescope {
namespace {

namespace fs = std::filesystem;

struct PruneOptions {
  ModelOptions model;
  PreprocessOptions preprocess;
  std::string layer;
  std::string analysis;
  bool within_sd = false;
  std::string data;
  std::string out;
  std::string state_dict;
  PruneSettings settings;
  bool json = false;
};

ReadOptions read_options(const AnalysisRecord& record) {
  ReadOptions options{.target = record.target == "object scale" ? "" : record.target, .keep_going = record.keep_going};
  for (const ObjectRule rule : {ObjectRule::Skip, ObjectRule::Largest, ObjectRule::Each})
    if (rule_name(rule) == record.objects)
      options.objects = rule;
  return options;
}

// The samples of the data that was named, else of the analysis; none where these are not there any more.
SampleSet read_data(const PruneOptions& options, const std::optional<AnalysisRecord>& record) {
  const ReadOptions how = record ? read_options(*record) : ReadOptions{.objects = ObjectRule::Largest};
  if (!options.data.empty())
    return read_samples(options.data, how);
  std::error_code ignored;
  if (record && fs::exists(record->data, ignored))
    return read_samples(record->data, how);
  if (options.settings.output == PrunedOutput::Scale)
    throw Error(
        fmt::format("The data of the analysis, {}, is not there any more, and the regression is fitted to it; say "
                    "with --data where it is.",
                    record->data.string()));
  return {};
}

// Some images to compare on, from all over the data.
std::vector<fs::path> some_images(const std::vector<Sample>& samples) {
  constexpr std::size_t most = 8;
  std::vector<fs::path> files;
  for (const Sample& sample : samples)
    if (files.empty() || files.back() != sample.file)
      files.push_back(sample.file);
  std::vector<fs::path> some;
  for (std::size_t i = 0; i < std::min(most, files.size()); ++i)
    some.push_back(files[i * files.size() / std::min(most, files.size())]);
  return some;
}

// Which layer, and how it did in the analysis.
void choose_layer(PruneOptions& options, const Network& network, const std::optional<AnalysisRecord>& record) {
  PruneSettings& settings = options.settings;
  settings.layer = options.layer;
  if (!record)
    return;
  settings.target = record->target;
  if (options.layer == "auto") {
    const BestTruncation best = best_truncation(network, record->layers, options.within_sd);
    if (!best.better.empty())
      fmt::print(message_stream(), "Note: R2 is higher at {}, but the network can't be cut there.\n", best.better);
    settings.layer = best.layer.layer;
  }
  const auto score = std::ranges::find(record->layers, settings.layer, &LayerR2::layer);
  if (score != record->layers.end())
    settings.r2 = *score;
}

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

void print_table(const PruneOptions& options, const PruneResult& result, const Network& network) {
  const PruneSettings& settings = options.settings;
  fmt::print("{} cut after {}{}, returning {}\n\n", for_terminal(network.name()), for_terminal(result.layer),
             settings.r2 ? fmt::format(" (R2 of {} {:.3f} +- {:.3f})", settings.target, settings.r2->mean,
                                       settings.r2->standard_deviation)
                         : "",
             name_of(settings.output));
  const auto row = [](const char* what, const std::string& before, const std::string& after) {
    fmt::print("  {:<26}  {:>16}  {:>16}\n", what, before, after);
  };
  const auto milliseconds = [](double value) { return fmt::format("{:.2f} ms", value); };
  row("", "before", "after");
  row("modules", counted(result.before.modules), counted(result.after.modules));
  row("parameters", counted(result.before.parameters), counted(result.after.parameters));
  row("multiply-adds an image", counted(result.before.multiply_adds), counted(result.after.multiply_adds));
  row("file size in bytes", result.before.bytes == 0 ? "-" : counted(static_cast<std::int64_t>(result.before.bytes)),
      counted(static_cast<std::int64_t>(result.after.bytes)));
  row("latency, one image", milliseconds(result.before.milliseconds), milliseconds(result.after.milliseconds));
  row("  original up to the layer", milliseconds(result.milliseconds_to_layer), "");
  fmt::print("\nGone: {}\n",
             result.gone.empty() ? "nothing" : for_terminal(fmt::format("{}", fmt::join(result.gone, ", "))));
  fmt::print("Compared with the original's layer on {} {}: the largest difference is {:.1e} of the magnitude.\n",
             result.images, result.random_images ? "random images" : "images", result.difference);
  fmt::print("Written: {}{}\n", options.out, options.state_dict.empty() ? "" : ", " + options.state_dict);
}

nlohmann::json cost_json(const NetworkCost& cost) {
  return {{"modules", cost.modules},
          {"parameters", cost.parameters},
          {"multiply_adds", cost.multiply_adds},
          {"bytes", cost.bytes},
          {"milliseconds", cost.milliseconds}};
}

void print_json(const PruneOptions& options, const PruneResult& result) {
  const auto& r2 = options.settings.r2;
  const nlohmann::json json{{"layer", result.layer},
                            {"output", name_of(options.settings.output)},
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

void check_usage(const PruneOptions& options) {
  if (options.analysis.empty() && options.layer == "auto")
    throw CLI::RequiredError("--layer auto: --analysis");
  if (options.analysis.empty() && options.settings.output == PrunedOutput::Scale)
    throw CLI::RequiredError("--output scale: --analysis");
  if (options.within_sd && options.layer != "auto")
    throw CLI::RequiredError("--within-sd: --layer auto");
}

int run(PruneOptions& options) {
  check_usage(options);
  const fs::path out = options.out;
  const fs::path state_dict = options.state_dict;
  if (!state_dict.empty())
    check_checkpoint_name(state_dict);
  std::optional<AnalysisRecord> record;
  if (!options.analysis.empty())
    record = read_analysis(options.analysis);
  if (record && options.model.run.input_size == 0)
    options.model.run.input_size = record->input_size;
  const Network network = options.model.open(options.json);
  const ModelSource& source = options.model.source;
  if (record)
    record->check_model(source);

  PruneSettings& settings = options.settings;
  choose_layer(options, network, record);
  (void)truncation_point(network, settings.layer); // told before any data is read
  const auto given = options.preprocess.chosen(network);
  settings.preprocessing = record && given.second != "given" ? record->preprocessing : given.first;
  settings.name = out.filename().string();
  const SampleSet data = read_data(options, record);
  const std::vector<Sample>& samples = data.samples;
  settings.images = some_images(samples);
  std::vector<fs::path> inputs = data.files;
  inputs.insert(inputs.end(), {source.file, options.analysis});
  std::vector<fs::path> outputs{out};
  if (!state_dict.empty())
    outputs.push_back(state_dict);
  refuse_to_overwrite(outputs, inputs); // each other, too
  // As what takes time follows, whether they can be written at all.
  FileSet files(out.parent_path(), {out.filename().string()}, inputs);
  files.write(out.filename().string(), "");
  std::optional<FileSet> beside;
  if (!state_dict.empty()) {
    beside.emplace(state_dict.parent_path(), std::vector{state_dict.filename().string()}, inputs);
    beside->write(state_dict.filename().string(), "");
  }
  const PruneResult result = [&] {
    ProgressLine line(options.json);
    const auto show = [&](const JobProgress& progress) { line.show(progress); };
    if (settings.output == PrunedOutput::Scale)
      settings.regression = refit(network, *record, samples, settings.layer, interrupt_token(), show);
    return prune(network, source, options.model.run, settings, interrupt_token(), show);
  }();
  for (const auto& note : result.notes)
    print_note(note);
  files.write(out.filename().string(), result.archive);
  if (beside) {
    beside->write(state_dict.filename().string(), checkpoint_of(result.archive, state_dict));
    beside->commit();
  }
  files.commit();
  options.json ? print_json(options, result) : print_table(options, result, network);
  return 0;
}

} // namespace

Command add_prune_command(CLI::App& program) {
  auto* command = program.add_subcommand(
      "prune",
      "Cut a network after a layer and write what is left\n"
      "Writes the part of a network up to a layer as a TorchScript archive that PyTorch and LibTorch load: same input, "
      "the layer as output. Modules that are not needed are gone; parameters stay parameters under their own names, so "
      "it can be trained on. The archive says where it comes from. It is compared with the original's layer before it "
      "is "
      "written, on images of the data, else on random images: a difference over 1e-5 of the magnitude is an "
      "error.\n\n"
      "A network can be cut after layers through which everything flows, not inside branches.");
  command->footer("EXAMPLE\n"
                  "    scalescope-cli prune --model efficientnet_lite0 --layer auto \\\n"
                  "        --analysis result/analysis.json --output pooled --out pruned.pt");
  const auto options = std::make_shared<PruneOptions>();
  PruneSettings& settings = options->settings;
  options->model.add_to(*command);
  command->add_option("--seed", options->model.source.seed, "Of the random weights")->type_name("N");
  command->add_option("--layer", options->layer, "Its name, or auto: the best mean R2 of the analysis")
      ->type_name("NAME")
      ->required();
  command->add_option("--analysis", options->analysis, "analysis.json of 'analyze'; for auto and for --output scale")
      ->type_name("FILE");
  command->add_flag("--within-sd", options->within_sd,
                    "With auto: the earliest layer within one standard deviation of the best");
  command
      ->add_option(
          "--output", settings.output,
          "What it returns: map (the layer's), pooled (its mean over positions), or scale (what the regression "
          "of the analysis reads from that)")
      ->transform(CLI::CheckedTransformer(std::map<std::string, PrunedOutput>{
          {"map", PrunedOutput::Map}, {"pooled", PrunedOutput::Pooled}, {"scale", PrunedOutput::Scale}}))
      ->type_name("KIND")
      ->default_str("map");
  command->add_option("--out", options->out, "The archive to write")->type_name("FILE")->required();
  command->add_option("--state-dict", options->state_dict, "Write its weights too: .pth or .safetensors")
      ->type_name("FILE");
  command->add_option("--data", options->data, "Images to compare on, as in 'analyze' [those of the analysis]")
      ->type_name("PATH");
  options->preprocess.add_to(*command);
  command->add_option("--seconds", settings.seconds, "Time for each latency")
      ->type_name("S")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print JSON instead of a table");
  return [options] { return run(*options); };
}

} // namespace scalescope
