#include "app/commands/commands.h"
#include "app/interrupt.h"
#include "app/options/enum_option.h"
#include "app/options/network_options.h"
#include "app/options/preprocessing_options.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/report/transfer_report.h"

#include <fmt/format.h>

#include <cmath>
#include <memory>

namespace scalescope {
namespace {

void print_training(const TransferTraining& training) {
  for (const TrainedLayer& layer : training.layers)
    for (const TrainingRun& run : layer.runs) {
      fmt::print("Trained up to {}, seed {}: ", for_terminal(layer.name), run.seed);
      if (run.best_epoch > 0)
        fmt::print("best epoch {1} of {0}, ", run.epochs.size(), run.best_epoch);
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

void add_patch_options(CLI::App& command, PatchSettings& patches) {
  command
      .add_option("--magnifications", patches.magnifications, "Magnifications of the patches, in the unit of --native")
      ->delimiter(',')
      ->check(CLI::Range(0.01, 10000.0))
      ->type_name("A,B,C")
      ->default_str("5,8,10,15,20,30,40");
  command.add_option("--native", patches.native, "Magnification that the images were taken at")
      ->check(CLI::Range(0.01, 10000.0))
      ->type_name("M")
      ->capture_default_str();
  command.add_option("--patches", patches.patches, "Patches per image and magnification")
      ->check(CLI::Range(1, 10000))
      ->type_name("N")
      ->capture_default_str();
  command
      .add_option("--least-nuclei", patches.least_nuclei,
                  "Smallest number of nuclei that lie completely inside a patch; the mean area of fewer says little")
      ->check(CLI::Range(1, 10000))
      ->type_name("N")
      ->capture_default_str();
  command.add_flag("--split-masks", patches.split_masks,
                   "Take each connected part of a mask as a nucleus, for masks with one number for all nuclei");
}

void add_training_options(CLI::App& command, FineTuneJob& job, bool& wanted) {
  FineTuneSettings& training = job.training;
  auto* fine_tune = command.add_flag("--fine-tune", wanted,
                                     "Also train the network up to each of the layers, end to end, to return the mean "
                                     "area of the nuclei");
  command.add_option("--epochs", training.epochs, "Epochs of fine-tuning; the best one by validation is kept")
      ->needs(fine_tune)
      ->check(CLI::Range(1, 100000))
      ->type_name("N")
      ->capture_default_str();
  command.add_option("--learning-rate", training.learning_rate, "Learning rate of Adam")
      ->needs(fine_tune)
      ->check(CLI::Validator( // CLI11's own check accepts NaN
          [](const std::string& text) {
            double rate = 0;
            const bool good = CLI::detail::lexical_cast(text, rate) && std::isfinite(rate) && rate > 0;
            return good ? std::string() : "The learning rate must be a number above 0.";
          },
          ""))
      ->type_name("X")
      ->capture_default_str();
  command.add_option("--fine-tune-batch", training.batch, "Patches per step of fine-tuning")
      ->needs(fine_tune)
      ->check(CLI::Range(1, 1024))
      ->type_name("N")
      ->capture_default_str();
  command
      .add_option("--fine-tune-seeds", job.runs,
                  "Trainings per layer, each with other held-out images and another new layer")
      ->needs(fine_tune)
      ->check(CLI::Range(1, 1000))
      ->type_name("K")
      ->capture_default_str();
}

int print(const TransferResult& result, const std::string& out) {
  print_summary(result.transfer, result.context, out);
  return 0;
}

} // namespace

int run_and_tell(const TransferJob& job, Output output) {
  const TransferResult result = [&] {
    TerminalWatch terminal(output);
    return run(job, terminal.watch(), interrupt_token());
  }();
  return output == Output::Person ? print(result, job.out) : 0;
}

int run_and_tell(const FineTuneJob& job, Output output) {
  const TransferResult result = [&] {
    TerminalWatch terminal(output);
    return run(job, terminal.watch(), interrupt_token());
  }();
  if (output == Output::Person)
    print(result, job.transfer.out);
  if (result.context.training->stopped)
    throw Cancelled();
  if (!result.context.training->failure.empty())
    throw Error(result.context.training->failure);
  return 0;
}

Command add_transfer_command(CLI::App& program) {
  auto* command = program.add_subcommand(
      "transfer",
      "Measure how useful a layer is where size matters: nuclei at several magnifications\n"
      "Crops patches from images with label masks and shows them at several magnifications. For each layer, linear "
      "regressions read the mean area of the nuclei in a patch, and the magnification, from the pooled features. The "
      "results are R2, mean absolute error, and Cohen's kappa between the magnification that is read and the true one, "
      "on held-out images: mean and standard deviation over repetitions.\n\n"
      "The data are a folder with two folders, images and masks, with files of the same names. A label mask has 0 for "
      "the background and a number for each nucleus; the manual lists other layouts (Data sets). A patch never "
      "contains "
      "padding, tiling or "
      "upsampling, which would reveal its magnification; patches that do not fit are listed.\n\n"
      "Files in DIR: report.html, transfer.csv (the table), transfer.json (everything needed to run it again) and "
      "kappa.svg. Files appear complete or not at all; Ctrl-C stops within one batch and leaves none.\n\n"
      "With --fine-tune, the network up to a layer, with pooling and a new linear layer, is also trained end to end "
      "(Adam on the mean squared error of the area). Some images are held out for validation and others for the test. "
      "fine-tuning.csv has the losses of each epoch; fine-tuned/LAYER.pt is the network of the run with the best "
      "validation loss. Ctrl-C during the training writes the files with the best state so far. Training needs memory "
      "for weights, gradients and Adam's two moments.");
  command->footer("EXIT STATUS\n    0 done, 1 bad input, 2 wrong usage, 130 stopped.\n\n"
                  "EXAMPLE\n"
                  "    scalescope-cli transfer --model efficientnet_lite0 --data nuclei \\\n"
                  "        --magnifications 15,20,30,40 --native 40 --input-size 96 --out result");
  const auto fine_tune = std::make_shared<FineTuneJob>();
  const auto wanted = std::make_shared<bool>(false);
  const auto quiet = std::make_shared<bool>(false);
  TransferJob& job = fine_tune->transfer;
  add_network_options(*command, job.network);
  command->add_option("--data", job.data, "Folder with images and masks")->type_name("DIR")->required();
  command->add_option("--out", job.out, "Folder for the results")->type_name("DIR")->required();
  command
      ->add_option(
          "--layers", job.layers,
          "full: the last pooled features; auto: the best layer of --analysis, or without it the block with the "
          "best R2 of the magnification; blocks; or names")
      ->delimiter(',')
      ->type_name("A,B,C")
      ->default_str("full,auto");
  command->add_option("--analysis", job.analysis, "The analysis.json whose best layer auto means")->type_name("FILE");
  add_patch_options(*command, job.patches);
  add_preprocessing_options(*command, job.preprocessing);
  command
      ->add_option("--protocol", job.protocol,
                   "ridge: held-out features are clipped to the range of the fitted ones; or ridge-unclipped")
      ->transform(named<Protocol>(Protocol::Paper))
      ->type_name("NAME")
      ->default_str("ridge");
  command->add_option("--repetitions", job.repetitions, "Repetitions, each with other folds")
      ->type_name("N")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--batch", job.batch, "Patches per batch")
      ->type_name("N")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--seed", job.seed, "Seed of the positions of patches, the folds and random weights")
      ->type_name("N")
      ->capture_default_str();
  add_training_options(*command, *fine_tune, *wanted);
  command->add_flag("--quiet", *quiet, "Print errors only");
  return [fine_tune, wanted, quiet] {
    check_usage(fine_tune->transfer.network);
    const Output output = *quiet ? Output::Quiet : Output::Person;
    return *wanted ? run_and_tell(*fine_tune, output) : run_and_tell(fine_tune->transfer, output);
  };
}

} // namespace scalescope
