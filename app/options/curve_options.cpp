#include "app/options/curve_options.h"

#include "app/options/enum_option.h"
#include "app/options/network_options.h"
#include "app/options/preprocessing_options.h"
#include "datasets/formats.h"

namespace scalescope {
namespace {

void add_data_options(CLI::App& command, CurveJob& job) {
  command.add_option("--data", job.data, "Annotated images: " + either(&DatasetFormat::what))
      ->type_name("PATH")
      ->required();
  command.add_option("--objects", job.read.objects, "Images with several objects: skip, largest or each")
      ->transform(named<ObjectRule>())
      ->type_name("RULE")
      ->default_str("skip");
  command.add_option("--classes", job.read.classes, "Only objects of these classes count: raccoon,cat [all]")
      ->type_name("NAMES")
      ->delimiter(',');
  command.add_option("--format", job.read.format, "Format of the data, where a folder could be several data sets")
      ->type_name("NAME")
      ->check(CLI::IsMember(format_ids()));
  command.add_flag(
      "--split-masks", job.read.split_masks,
      "Count each connected part of a label mask's object as an object, for masks with one number for all");
  command.add_option("--target", job.read.target, "Column of the CSV file to regress [target, else object scale]")
      ->type_name("COLUMN");
  command.add_flag("--keep-going", job.read.keep_going,
                   "Leave out faulty annotations and list them; otherwise the first one stops the command");
}

void add_regression_options(CLI::App& command, CurveJob& job) {
  command
      .add_option(
          "--protocol", job.protocol,
          "ridge: ridge regression, grouped 5-fold, lambda by inner 5-fold, held-out features clipped to the range of "
          "the fitted ones; ridge-unclipped: the same without clipping; paper: least squares on random 70/30 splits. "
          "With --folds, the protocol of that file is the default")
      ->transform(named<Protocol>())
      ->type_name("NAME")
      ->default_str("ridge");
  command.add_option("--repetitions", job.repetitions, "Repetitions, each with other folds")
      ->type_name("N")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command.add_option("--folds", job.folds, "Use the folds of this file, such as an analysis.json")->type_name("FILE");
  command
      .add_option("--controls", job.controls,
                  "random-weights, random-scale (the same analysis without the knowledge of the network), or none")
      ->delimiter(',')
      ->check(CLI::IsMember({"random-weights", "random-scale", "none"}))
      ->type_name("A,B");
  command
      .add_option("--weight-draws", job.weight_draws,
                  "Number of networks drawn for the control random-weights; repetition r uses network r modulo N")
      ->type_name("N")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command.add_flag(
      "--adjust", job.adjust,
      "Also tell what each layer adds to covariates of the box (position, aspect, size of the image, edges "
      "touched), from which scale can be guessed without looking at the object");
  command.add_flag("--equal-width", job.equal_width,
                   "Also compare the layers at equal width: random projections to the narrowest layer's number of "
                   "features");
  command.add_flag("--learning-curve", job.learning_curve,
                   "Also measure with an eighth, a quarter and half of the images");
  command.add_flag("--target-forms", job.target_forms, "Also read the root and the logarithm of the target");
  command
      .add_option("--permutations", job.permutations,
                  "Permutations of the targets, to test whether the peak could be chance; 0: no test")
      ->type_name("N")
      ->check(CLI::Range(0, 100000))
      ->capture_default_str();
}

} // namespace

void add_curve_options(CLI::App& command, CurveJob& job, bool with_data, bool with_curve) {
  add_network_options(command, job.network);
  if (with_data)
    add_data_options(command, job);
  command.add_option("--out", job.out, "Folder for the results")->type_name("DIR")->required();
  command.add_option("--layers", job.layers, "blocks, all, or names separated by commas")
      ->delimiter(',')
      ->type_name("A,B,C")
      ->default_str("blocks");
  command
      .add_option("--inside", job.inside,
                  "Add the layers inside of these blocks, such as _blocks.12; 'blocks' for those inside of all")
      ->delimiter(',')
      ->type_name("A,B");
  add_preprocessing_options(command, job.preprocessing);
  if (with_curve)
    add_regression_options(command, job);
  command.add_option("--batch", job.batch, "Images per batch")
      ->type_name("N")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command.add_option("--seed", job.seed, "Seed of folds, controls and random weights")
      ->type_name("N")
      ->capture_default_str();
}

} // namespace scalescope
