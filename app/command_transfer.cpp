#include "app/commands.h"
#include "app/interrupt.h"
#include "app/model_options.h"
#include "app/preprocess_options.h"
#include "app/progress_line.h"
#include "core/report/analysis_record.h"
#include "core/report/transfer_report.h"
#include "datasets/label_masks.h"

#include <fmt/format.h>

#include <cstdio>
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
  bool quiet = false;
};

void print_summary(const Transfer& result, const TransferContext& context, const std::string& out) {
  const PoolingTally& tally = result.tally;
  fmt::print("{} patches, {} left out{}.\n", result.patches.patches.size(),
             context.set.left_out.size() + result.patches.left_out.size(),
             result.patches.left_out.empty() ? "" : " (listed with reasons in report.html and transfer.json)");
  fmt::print("{}\n", headline_of(result));
  if (!result.auto_layer.empty())
    fmt::print("auto: {}.\n", result.auto_layer);
  if (tally.from_cache > 0)
    fmt::print("{} of {} patches from the cache.\n", tally.from_cache, tally.from_cache + tally.from_network);
  fmt::print("Patches {:.1f} s (network {:.1f} s), fitting {:.1f} s.\n", result.seconds, tally.run_seconds,
             result.fit_seconds);
  fmt::print("Written: report.html, transfer.csv, transfer.json, kappa.svg in {}\n", out);
}

int run(TransferOptions& options) {
  FileSet files(options.out); // first of all: nobody wants to hear after ten minutes that nothing can be written
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
               network.name(), set.images.size(), settings.patches.side, settings.patches.side, preprocessing.name,
               reason, network.engine(), network.device(), network.threads());
  std::fflush(stdout); // before the progress on stderr, in a file too

  const std::size_t notes_at_start = network.notes().size();
  const Transfer result = [&] {
    ProgressLine line(options.quiet);
    return transfer(network, set.images, settings, interrupt_token(),
                    [&](const JobProgress& progress) { line.show(progress); });
  }();
  for (std::size_t i = notes_at_start; i < network.notes().size(); ++i)
    fmt::print(stderr, "Note: {}\n", network.notes()[i]); // of the run, such as an engine that could not do it
  for (const auto& note : result.tally.notes)
    fmt::print(stderr, "Note: {}\n", note);
  const TransferContext context{options.model.source, options.model.run, options.data, set, settings, reason,
                                SCALESCOPE_VERSION};
  write_transfer(files, result, network, context);
  files.commit();
  if (!options.quiet)
    print_summary(result, context, options.out);
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
      "kappa.svg. Files appear whole or not at all; Ctrl-C stops within one batch and leaves none.");
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
  command->add_flag("--quiet", options->quiet, "Print errors only");
  return [options] { return run(*options); };
}

} // namespace scalescope
