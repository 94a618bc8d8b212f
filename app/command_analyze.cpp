#include "app/commands.h"
#include "app/interrupt.h"
#include "app/model_options.h"
#include "app/preprocess_options.h"
#include "app/progress_line.h"
#include "core/base/error.h"
#include "core/report/analysis_report.h"
#include "datasets/readers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>

namespace scalescope {
namespace {

struct AnalyzeOptions {
  ModelOptions model;
  std::string data;
  std::string out;
  std::vector<std::string> layers{"blocks"};
  PreprocessOptions preprocess;
  ReadOptions read;
  std::vector<std::string> controls;
  AnalysisSettings settings;
  bool features = false;
  bool quiet = false;
};

std::vector<std::string> chosen_layers(const Network& network, const std::vector<std::string>& wanted) {
  std::vector<std::string> names;
  if (wanted == std::vector<std::string>{"blocks"}) {
    names = network.blocks();
  } else if (wanted == std::vector<std::string>{"all"}) {
    for (const Layer& layer : network.layers())
      if (layer.has_output() && !layer.name.empty())
        names.push_back(layer.name);
    return names; // output and softmax are among them
  } else {
    for (const auto& name : wanted)
      if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end())
        names.push_back(network.layer(name).name);
    return names;
  }
  for (const auto& name : network.head())
    names.push_back(name);
  if (names.empty())
    throw Error(fmt::format("{} has no blocks that could be found; name the layers to look at with --layers (see "
                            "'scalescope-cli layers').",
                            network.name()));
  return names;
}

// Features of an earlier run that this one would not replace would stand beside its curve as if they were its own.
void refuse_stale_features(const std::filesystem::path& folder, const std::vector<std::string>& layers) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "features", ignored)) {
    const bool is_old = entry.path().extension() == ".npy" &&
                        std::find(layers.begin(), layers.end(), entry.path().stem().string()) == layers.end();
    if (is_old)
      throw Error(
          fmt::format("{} is of an earlier run and would stand beside this one's results; remove the folder {}, or "
                      "choose another --out.",
                      entry.path().string(), (folder / "features").string()));
  }
}

void print_summary(const Analysis& analysis, const AnalyzeOptions& options, std::size_t left_out) {
  const auto peak = analysis.peak();
  const auto& seconds = analysis.extraction;
  fmt::print("{} rows, {} left out{}.\n", analysis.extraction.rows.size(), left_out,
             left_out == 0 ? "" : " (listed with reasons in analysis.json)");
  fmt::print("Peak: R2 {:.3f} +- {:.3f} at {}.\n", analysis.scores[peak].mean(), analysis.scores[peak].deviation(),
             analysis.layers[peak].name);
  if (seconds.from_cache > 0)
    fmt::print("{} of {} pictures from the cache.\n", seconds.from_cache, seconds.from_cache + seconds.from_network);
  fmt::print("Images {:.1f} s (decoding {:.1f} s of processor time, network {:.1f} s), fitting {:.1f} s.\n",
             seconds.seconds, seconds.decode_seconds, seconds.run_seconds, analysis.fit_seconds);
  fmt::print("Written: curve.csv, curve.png, curve.svg, analysis.json{} in {}\n", options.features ? ", features" : "",
             options.out);
}

int analyze(AnalyzeOptions& options) {
  FileSet files(options.out); // first of all: nobody wants to hear after ten minutes that nothing can be written
  const SampleSet samples = read_samples(options.data, options.read);
  if (samples.samples.empty())
    throw Error(fmt::format("{} holds nothing to analyse ({} left out{}); choose another --objects rule or other data.",
                            options.data, samples.left_out.size(),
                            samples.left_out.empty() ? "" : ", the first: " + samples.left_out[0].reason));
  const Network network = options.model.open(options.quiet);
  auto& settings = options.settings;
  settings.extraction.layers = chosen_layers(network, options.layers);
  refuse_stale_features(options.out, options.features ? settings.extraction.layers : std::vector<std::string>());
  const auto [preprocessing, reason] = options.preprocess.chosen(network);
  settings.extraction.preprocessing = preprocessing;
  settings.extraction.keep_going = options.read.keep_going;
  for (const auto& control : options.controls)
    (control == "random-weights" ? settings.random_weights_control : settings.random_scale_control) = true;
  if (!options.quiet)
    fmt::print("{}: {} pictures to read, {} left out, {} layers, preprocessing {} ({}), {} on {} with {} threads.\n",
               network.name(), samples.samples.size(), samples.left_out.size(), settings.extraction.layers.size(),
               preprocessing.name, reason, network.engine(), network.device(), network.threads());
  std::fflush(stdout); // before the progress on stderr, in a file too

  const std::size_t notes_at_start = network.notes().size();
  Analysis analysis = [&] {
    ProgressLine line(options.quiet);
    return analyse(network, options.model.source, options.model.run, samples.samples, settings, interrupt_token(),
                   [&](const JobProgress& progress) { line.show(progress); });
  }();
  for (std::size_t i = notes_at_start; i < network.notes().size(); ++i)
    fmt::print(stderr, "Note: {}\n", network.notes()[i]); // of the run, such as an engine that could not do it
  for (const auto& note : analysis.extraction.notes)
    fmt::print(stderr, "Note: {}\n", note);
  const std::size_t left_out = samples.left_out.size() + analysis.extraction.left_out.size();
  write_analysis(files, analysis, network,
                 {options.model.source, options.model.run, options.data, samples, settings,
                  rule_name(options.read.objects), reason, SCALESCOPE_VERSION},
                 options.features);
  files.commit();
  if (!options.quiet)
    print_summary(analysis, options, left_out);
  for (const auto& one : analysis.extraction.left_out)
    fmt::print(stderr, "Left out: {}\n", one.reason);
  return 0;
}

} // namespace

Command add_analyze_command(CLI::App& program) {
  auto* command = program.add_subcommand(
      "analyze",
      "Measure layer by layer how well the object's scale can be read\n"
      "Runs a network once over annotated pictures and says for every layer how well a linear regression reads the "
      "object's "
      "scale (area of its box over area of the picture), or any other number, from the layer's pooled features: R2 on "
      "held-out rows, its mean and standard deviation over repetitions.\n\n"
      "DATA is a PASCAL VOC folder, a COCO JSON file, or a CSV file with the columns file and target (and where wanted "
      "x, "
      "y, w, h, group).\n\n"
      "Written into DIR: curve.csv, curve.png and curve.svg (the curve), analysis.json (everything needed to run it "
      "again), "
      "and with --features the pooled features as NumPy files. Files appear whole or not at all; Ctrl-C stops within "
      "one "
      "batch and leaves none.");
  command->footer("EXIT STATUS\n    0 done, 1 bad input, 2 wrong usage, 130 stopped.\n\n"
                  "EXAMPLE\n"
                  "    scalescope-cli analyze --model efficientnet_lite0 --data photos \\\n"
                  "        --out result --controls random-weights,random-scale");
  const auto options = std::make_shared<AnalyzeOptions>();
  options->model.add_to(*command);
  command->add_option("--data", options->data, "PASCAL VOC folder, COCO .json or .csv")->type_name("PATH")->required();
  command->add_option("--out", options->out, "Folder for the results")->type_name("DIR")->required();
  command->add_option("--layers", options->layers, "blocks, all, or names separated by commas")
      ->delimiter(',')
      ->type_name("A,B,C")
      ->default_str("blocks");
  command
      ->add_option("--protocol", options->settings.protocol,
                   "robust: ridge, grouped 5-fold, lambda by inner 5-fold; paper: least squares on random 70/30 splits")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Protocol>{{"robust", Protocol::Robust}, {"paper", Protocol::Paper}}))
      ->type_name("NAME")
      ->default_str("robust");
  command->add_option("--repetitions", options->settings.repetitions, "Repetitions, each with other folds")
      ->type_name("N")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--folds", options->settings.folds, "Use the folds of this file (an analysis.json will do)")
      ->type_name("FILE");
  options->preprocess.add_to(*command);
  command->add_option("--objects", options->read.objects, "Pictures with several objects: skip, largest or each")
      ->transform(CLI::CheckedTransformer(std::map<std::string, ObjectRule>{
          {"skip", ObjectRule::Skip}, {"largest", ObjectRule::Largest}, {"each", ObjectRule::Each}}))
      ->type_name("RULE")
      ->default_str("skip");
  command->add_option("--target", options->read.target, "Column of the CSV to regress [target, else object scale]")
      ->type_name("COLUMN");
  command->add_flag("--keep-going", options->read.keep_going,
                    "Leave out faulty annotations and list them, instead of stopping at the first");
  command
      ->add_option("--controls", options->controls,
                   "random-weights, random-scale: the same curve without the knowledge")
      ->delimiter(',')
      ->check(CLI::IsMember({"random-weights", "random-scale"}))
      ->type_name("A,B");
  command->add_flag("--features", options->features, "Write the pooled features too: features/LAYER.npy and rows.csv");
  command->add_option("--batch", options->settings.extraction.batch, "Pictures a run")
      ->type_name("N")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--seed", options->settings.seed, "Of folds, controls and random weights")
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--quiet", options->quiet, "Print errors only");
  return [options] {
    options->model.source.seed = options->settings.seed;
    return analyze(*options);
  };
}

} // namespace scalescope
