#include "app/commands/commands.h"
#include "app/interrupt.h"
#include "app/messages.h"
#include "app/options/model_options.h"
#include "app/options/preprocess_options.h"
#include "app/progress_line.h"
#include "core/base/error.h"
#include "core/base/give_up.h"
#include "core/base/text.h"
#include "core/prune/prune.h"
#include "core/prune/truncation_point.h"
#include "core/report/transfer_report.h"
#include "core/results/analysis_record.h"
#include "datasets/label_masks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>

namespace scalescope {
namespace {

struct TransferOptions {
  ModelOptions model;
  PreprocessOptions preprocess;
  std::string data;
  std::string out;
  std::string analysis;
  TransferSettings settings;
  bool fine_tune = false;
  TransferTrainingSettings training;
  bool quiet = false;
};

/// The layers that networks may be trained up to. @throws Error before anything is computed if one of them can't be, or
/// there are none.
std::vector<std::string> trained_layers(const Network& network, const TransferSettings& settings) {
  const bool full = std::ranges::find(settings.layers, "full") != settings.layers.end();
  const bool chosen = std::ranges::find(settings.layers, "auto") != settings.layers.end();
  auto layers = layers_to_train(settings, full ? last_pooled_layer(network) : "", settings.auto_layer);
  if (layers.empty() && !chosen)
    throw Error("There is no layer to fine-tune up to; name full, auto or layers with --layers.");
  if (chosen && settings.auto_layer.empty())
    for (const std::string& block : network.blocks()) // any of them may be chosen
      if (std::ranges::find(layers, block) == layers.end())
        layers.push_back(block);
  for (const std::string& layer : layers)
    (void)truncation_point(network, layer);
  return layers;
}

TransferTraining train(const TransferOptions& options, const Network& network, const LabelledSet& set,
                       const Transfer& probed) {
  TransferTrainingSettings how = options.training;
  how.layers = layers_to_train(options.settings, probed.full_layer, probed.auto_layer);
  ProgressLine line(options.quiet);
  return train_for_transfer(
      options.model.source, network, set.images, probed, options.settings, how,
      origin_of(network, options.model.source, options.settings.preprocessing), interrupt_token(),
      [&](const TransferTrainingProgress& now) {
        using Stage = FineTuneProgress::Stage;
        const FineTuneProgress& training = now.training;
        const char* const stage = training.stage == Stage::Training     ? "training"
                                  : training.stage == Stage::Validation ? "validating"
                                                                        : "testing";
        if (!training.finished)
          line.show({fmt::format("{}, run {}, epoch {}, {}", now.layer, now.run + 1, training.epoch, stage),
                     training.done, training.total});
      });
}

void print_training(const TransferTraining& training) {
  for (const TrainedLayer& layer : training.layers)
    for (const TrainingRun& run : layer.runs) {
      fmt::print("Trained up to {}, seed {}: ", for_terminal(layer.name), run.seed);
      if (run.best_epoch > 0)
        fmt::print("best of {} epochs {}, ", run.epochs.size(), run.best_epoch);
      if (run.tested)
        fmt::print("MAE {:.1f} px, R2 {:.3f}, kappa {:.3f}", run.error, run.r2, run.kappa);
      else
        fmt::print("not tested");
      fmt::print("{}{}\n", run.ended_early.empty() ? "." : ". ", for_terminal(run.ended_early));
    }
}

void print_summary(const Transfer& result, const TransferContext& context, const std::string& out) {
  const PoolingTally& tally = result.tally;
  fmt::print("{} patches, {} left out{}.\n", result.patches.patches.size(),
             context.set.left_out.size() + result.patches.left_out.size(),
             result.patches.left_out.empty() ? "" : " (listed with reasons in report.html and transfer.json)");
  fmt::print("{}\n", for_terminal(headline_of(result)));
  if (!result.auto_layer.empty())
    fmt::print("auto: {}.\n", for_terminal(result.auto_layer));
  if (tally.from_cache > 0)
    fmt::print("{} of {} patches from the cache.\n", tally.from_cache, tally.from_cache + tally.from_network);
  fmt::print("Patches {:.1f} s (network {:.1f} s), fitting {:.1f} s.\n", result.seconds, tally.run_seconds,
             result.fit_seconds);
  if (context.training)
    print_training(*context.training);
  fmt::print("Written: report.html, transfer.csv, transfer.json, kappa.svg{} in {}\n",
             context.training ? ", fine-tuning.csv, fine-tuned" : "", out);
}

int run(TransferOptions& options) {
  const LabelledSet set = read_label_masks(options.data);
  auto& settings = options.settings;
  std::optional<AnalysisRecord> record;
  if (!options.analysis.empty())
    record = read_analysis(options.analysis);
  options.model.source.seed = settings.seed;
  settings.patches.seed = settings.seed;
  const Network network = options.model.open(options.quiet);
  if (record) {
    record->check_model(options.model.source);
    settings.auto_layer = record->best().layer;
  }
  settings.patches.side = network.input_size();
  const auto [preprocessing, reason] = options.preprocess.chosen(network);
  settings.preprocessing = preprocessing;
  if (!options.quiet)
    fmt::print("{}: {} images, patches of {} x {} pixels, preprocessing {} ({}), {} on {} with {} threads.\n",
               for_terminal(network.name()), set.images.size(), settings.patches.side, settings.patches.side,
               preprocessing.name, reason, network.engine(), network.device(), network.threads());
  std::fflush(stdout); // before the progress on stderr, in a file too
  TransferContext context{options.model.source, options.model.run, options.data, set, settings, reason,
                          SCALESCOPE_VERSION};
  auto inputs = inputs_of(context);
  inputs.emplace_back(options.analysis);
  // Before the work: nobody wants to hear after ten minutes that nothing can be written.
  FileSet files(options.out,
                transfer_files(options.fine_tune ? trained_layers(network, settings) : std::vector<std::string>()),
                inputs);

  const std::size_t notes_at_start = network.notes().size();
  const Transfer result = [&] {
    ProgressLine line(options.quiet);
    return transfer(network, set.images, settings, interrupt_token(),
                    [&](const JobProgress& progress) { line.show(progress); });
  }();
  for (std::size_t i = notes_at_start; i < network.notes().size() && !options.quiet; ++i)
    print_note(network.notes()[i]); // of the run, such as an engine that could not do it
  if (!options.quiet)
    for (const auto* const notes : {&result.tally.notes, &result.notes})
      for (const auto& note : *notes)
        print_note(note);
  std::optional<MustFinish> keeps_what_was_learnt;
  if (options.fine_tune) {
    keeps_what_was_learnt.emplace();
    options.training.training.seed = settings.seed;
    options.training.training.device = network.device();
    options.training.training.threads = network.threads();
    context.training_settings = options.training;
    context.training = train(options, network, set, result);
  }
  write_transfer(files, result, network, context);
  files.commit();
  if (!options.quiet)
    print_summary(result, context, options.out);
  if (context.training && context.training->stopped)
    throw Cancelled();
  if (context.training && !context.training->failure.empty())
    throw Error(context.training->failure);
  return 0;
}

void add_patch_options(CLI::App& command, PatchSettings& patches) {
  command.add_option("--magnifications", patches.magnifications, "Of the patches, in the unit of --native")
      ->delimiter(',')
      ->check(CLI::Range(0.01, 10000.0))
      ->type_name("A,B,C")
      ->default_str("5,8,10,15,20,30,40");
  command.add_option("--native", patches.native, "Magnification that the images were taken at")
      ->check(CLI::Range(0.01, 10000.0))
      ->type_name("M")
      ->capture_default_str();
  command.add_option("--patches", patches.patches, "Patches an image and magnification")
      ->check(CLI::Range(1, 10000))
      ->type_name("N")
      ->capture_default_str();
  command
      .add_option("--least-nuclei", patches.least_nuclei,
                  "Nuclei that must lie wholly inside a patch: the mean area of fewer says little")
      ->check(CLI::Range(1, 10000))
      ->type_name("N")
      ->capture_default_str();
}

void add_training_options(CLI::App& command, TransferOptions& options) {
  FineTuneSettings& training = options.training.training;
  auto* fine_tune = command.add_flag("--fine-tune", options.fine_tune,
                                     "Also train the network up to full, auto and the layers named, end to end, to "
                                     "return the mean area of the nuclei");
  command.add_option("--epochs", training.epochs, "To fine-tune; the best one by validation is kept")
      ->needs(fine_tune)
      ->check(CLI::Range(1, 100000))
      ->type_name("N")
      ->capture_default_str();
  command.add_option("--learning-rate", training.learning_rate, "Of Adam")
      ->needs(fine_tune)
      ->check(CLI::Validator( // CLI11's own let nan through
          [](const std::string& text) {
            double rate = 0;
            const bool good = CLI::detail::lexical_cast(text, rate) && std::isfinite(rate) && rate > 0;
            return good ? std::string() : "The learning rate must be a number above 0.";
          },
          ""))
      ->type_name("X")
      ->capture_default_str();
  command.add_option("--fine-tune-batch", training.batch, "Patches a step of fine-tuning")
      ->needs(fine_tune)
      ->check(CLI::Range(1, 1024))
      ->type_name("N")
      ->capture_default_str();
  command
      .add_option("--fine-tune-seeds", options.training.runs,
                  "Trainings a layer, each with other images held out and another new layer")
      ->needs(fine_tune)
      ->check(CLI::Range(1, 1000))
      ->type_name("K")
      ->capture_default_str();
}

} // namespace

Command add_transfer_command(CLI::App& program) {
  auto* command = program.add_subcommand(
      "transfer",
      "Measure what a layer's features are worth where size matters: nuclei at several magnifications\n"
      "Cuts patches out of images with label masks, shows them at other magnifications, and says for each layer how "
      "well a linear regression reads from its pooled features the mean area of the nuclei in a patch, and the "
      "magnification: R2, mean absolute error, and Cohen's kappa of the magnification that is read and the true one, "
      "on held-out images, mean and standard deviation over repetitions.\n\n"
      "DATA is a folder with images and labels, two folders with files of the same names; a label mask has 16 bits a "
      "pixel, 0 for the background and a number for each nucleus. A patch is cut so that it holds no padding, tiling "
      "or upsampling, which would give its magnification away; what does not fit is listed.\n\n"
      "Written into DIR: report.html, transfer.csv (the table), transfer.json (everything needed to run it again) and "
      "kappa.svg. Files appear whole or not at all; Ctrl-C stops within one batch and leaves none.\n\n"
      "With --fine-tune the network up to a layer, pooled and with a new linear layer, is trained end to end as well "
      "(Adam on the mean squared error of the area), some images held out for validation and others for the test. "
      "fine-tuning.csv has the losses of each epoch, fine-tuned/LAYER.pt the network of the run that validated best. "
      "Ctrl-C while networks are trained keeps what was learnt: the files are written, with the best state so far. It "
      "takes memory for weights, gradients and Adam's two moments; on a GPU it has not been tried.");
  command->footer("EXIT STATUS\n    0 done, 1 bad input, 2 wrong usage, 130 stopped.\n\n"
                  "EXAMPLE\n"
                  "    scalescope-cli transfer --model efficientnet_lite0 --data nuclei \\\n"
                  "        --magnifications 15,20,30,40 --native 40 --input-size 96 --out result");
  const auto options = std::make_shared<TransferOptions>();
  options->settings.patches.magnifications = {5, 8, 10, 15, 20, 30, 40};
  options->model.add_to(*command);
  command->add_option("--data", options->data, "Folder with images and labels")->type_name("DIR")->required();
  command->add_option("--out", options->out, "Folder for the results")->type_name("DIR")->required();
  command
      ->add_option("--layers", options->settings.layers,
                   "full: the last pooled features; auto: the best layer of --analysis, else the block with the best "
                   "R2 of the magnification, for which all blocks are looked at; blocks; or names")
      ->delimiter(',')
      ->type_name("A,B,C")
      ->default_str("full,auto");
  command->add_option("--analysis", options->analysis, "The analysis.json whose best layer is auto")->type_name("FILE");
  add_patch_options(*command, options->settings.patches);
  options->preprocess.add_to(*command);
  command
      ->add_option("--protocol", options->settings.protocol,
                   "robust, or clipped: held-out features kept in the range of those fitted on")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Protocol>{{"robust", Protocol::Robust}, {"clipped", Protocol::Clipped}}))
      ->type_name("NAME")
      ->default_str("robust");
  command->add_option("--repetitions", options->settings.repetitions, "Repetitions, each with other folds")
      ->type_name("N")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--batch", options->settings.batch, "Patches a run")
      ->type_name("N")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--seed", options->settings.seed, "Of the patches' places, the folds and random weights")
      ->type_name("N")
      ->capture_default_str();
  add_training_options(*command, *options);
  command->add_flag("--quiet", options->quiet, "Print errors only");
  return [options] { return run(*options); };
}

} // namespace scalescope
