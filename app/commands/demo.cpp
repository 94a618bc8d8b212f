#include "app/commands/commands.h"
#include "app/commands/experiments.h"
#include "app/interrupt.h"
#include "app/progress_line.h"
#include "app/terminal_curve.h"
#include "core/prune/prune.h"
#include "core/prune/truncation_point.h"
#include "core/report/experiment_texts.h"
#include "core/report/transfer_report.h"
#include "datasets/cells.h"
#include "datasets/label_masks.h"
#include "datasets/scenes.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

namespace scalescope {
namespace {

namespace fs = std::filesystem;

struct DemoOptions {
  std::string model = "efficientnet_lite0";
  std::string out = "demo-result";
  int scenes = 300;
  std::uint32_t seed = 1;
};

const char* const fairness_remark =
    "The scenes are drawn so that nothing but the object tells its scale: its kind (of twelve), texture, place, "
    "rotation, background and light are drawn apart from its size, and its pattern grows with it. So the curve shows "
    "that these layers tell how large the object is, whatever it is and wherever it lies. It does not show that the "
    "network uses this for its classes (random weights keep part of it, too), nor how high the curve would be for "
    "photographs, whose objects and backgrounds are less tidy.";

// All but the scenes, whose folder is new, and the cells, which nobody but the demo reads.
std::vector<fs::path> files_of(const DemoOptions& demo) {
  const fs::path out = demo.out;
  std::vector<fs::path> files{out / "pruned.pt"};
  for (const std::string& name : analysis_files(true))
    files.push_back(out / "curve" / name);
  for (const std::string& name : transfer_files({}))
    files.push_back(out / "transfer" / name);
  return files;
}

// A folder of this name holds just these scenes: it was written whole or not at all.
fs::path scenes_folder(const DemoOptions& demo) {
  fs::path folder = fs::path(demo.out) / fmt::format("scenes-{}-seed-{}", demo.scenes, demo.seed);
  if (fs::exists(folder / "classes.txt"))
    return folder;
  ProgressLine line(false);
  write_scenes(folder, demo.scenes, {.seed = demo.seed}, interrupt_token(), [&](double share) {
    line.show({"drawing scenes", static_cast<std::int64_t>(share * demo.scenes), demo.scenes});
  });
  return folder;
}

struct CurveResult {
  Network network;
  ExperimentOptions options;
  SampleSet samples;
  Analysis analysis;
};

CurveResult measure_curve(const DemoOptions& demo) {
  ExperimentOptions options;
  options.model.model = demo.model;
  options.out = (fs::path(demo.out) / "curve").string();
  options.controls = {"random-weights", "random-scale"};
  options.settings.weight_draws = 3;
  options.settings.permutations = 99;
  options.settings.seed = demo.seed;
  Network network = options.open(); // before the scenes are drawn: it may be missing
  const std::vector<fs::path> inputs{options.model.source.file};
  refuse_to_overwrite(files_of(demo), inputs);
  FileSet files(options.out, analysis_files(true), inputs);
  options.data = scenes_folder(demo).string();
  SampleSet samples = options.samples();
  samples.target_name = name_of(ScaleMeasure::Area);
  options.print_plan(network, count_of(samples));
  const auto rows = [&](const Network& one, const JobCallback& progress) {
    return observed_scales(one, samples.samples, options.settings.extraction, ScaleMeasure::Area, interrupt_token(),
                           progress);
  };
  Analysis analysis = options.analyse(network, rows);
  AnalysisContext context = options.context(samples);
  context.experiment = observed_text(ScaleMeasure::Area);
  context.experiment->remarks.back() = fairness_remark; // that of images found somewhere does not hold for these
  write_analysis(files, analysis, network, context, false);
  files.commit();
  fmt::print("\nHow well object scale is read from each layer (# the trained network, | random weights)\n\n{}\n{}\n",
             terminal_curve(analysis), headline_of(analysis, samples.target_name));
  return {std::move(network), std::move(options), std::move(samples), std::move(analysis)};
}

std::string cut(const DemoOptions& demo, const CurveResult& curve) {
  std::vector<LayerR2> scores;
  for (std::size_t i = 0; i < curve.analysis.layers.size(); ++i)
    scores.push_back({curve.analysis.layers[i].name, curve.analysis.scores[i].mean(),
                      curve.analysis.scores[i].standard_deviation()});
  const BestTruncation best = best_truncation(curve.network, scores, false);
  PruneSettings settings;
  settings.layer = best.layer.layer;
  settings.output = PrunedOutput::Pooled;
  settings.preprocessing = curve.options.settings.extraction.preprocessing;
  settings.target = curve.samples.target_name;
  settings.r2 = best.layer;
  for (std::size_t i = 0; i < std::min<std::size_t>(8, curve.samples.samples.size()); ++i)
    settings.images.push_back(curve.samples.samples[i].file);
  settings.seconds = 0.5;
  FileSet files(demo.out, {"pruned.pt"}, {curve.options.model.source.file});
  const PruneResult result = [&] {
    ProgressLine line(false);
    return prune(curve.network, curve.options.model.source, curve.options.model.run, settings, interrupt_token(),
                 [&](const JobProgress& progress) { line.show(progress); });
  }();
  files.write("pruned.pt", result.archive);
  files.commit();
  const auto million = [](std::int64_t number) { return static_cast<double>(number) / 1e6; };
  fmt::print("\nCut after {}: {:.2f} instead of {:.2f} million parameters, {:.1f} instead of {:.1f} ms an image.\n",
             result.layer, million(result.after.parameters), million(result.before.parameters),
             result.after.milliseconds, result.before.milliseconds);
  return result.layer;
}

void transfer_to_cells(const DemoOptions& demo, const CurveResult& curve, const std::string& layer) {
  constexpr int side = 96; // of the patches, in pixels
  const fs::path data = fs::path(demo.out) / "cells";
  const fs::path out = fs::path(demo.out) / "transfer";
  FileSet files(out, transfer_files({}), {curve.options.model.source.file});
  write_cells(data, 24, {.seed = demo.seed}, interrupt_token());
  ModelOptions model = curve.options.model;
  model.run.input_size = side;
  const Network network = model.open(true);
  TransferSettings settings;
  settings.auto_layer = layer;
  settings.preprocessing = curve.options.settings.extraction.preprocessing;
  settings.patches = {.magnifications = {15, 20, 30, 40}, .native = 40, .side = side, .seed = demo.seed};
  settings.seed = demo.seed;
  const LabelledSet set = read_label_masks(data);
  const Transfer result = [&] {
    ProgressLine line(false);
    return transfer(network, set.images, settings, interrupt_token(),
                    [&](const JobProgress& progress) { line.show(progress); });
  }();
  write_transfer(
      files, result, network,
      {model.source, model.run, data.string(), set, settings, curve.options.preprocessing_reason, SCALESCOPE_VERSION});
  files.commit();
  fmt::print("\nDrawn cells at four magnifications: {}\n", headline_of(result));
}

int run(const DemoOptions& demo) {
  const CurveResult curve = measure_curve(demo);
  transfer_to_cells(demo, curve, cut(demo, curve));
  const fs::path out = demo.out;
  fmt::print("\nThe report:          {}\nThe transfer's:      {}\nThe pruned network:  {}\n",
             (out / "curve/report.html").string(), (out / "transfer/report.html").string(),
             (out / "pruned.pt").string());
  return 0;
}

} // namespace

Command add_demo_command(CLI::App& program) {
  auto* command = program.add_subcommand(
      "demo", "The main job from start to end, on scenes drawn for it\n"
              "Draws scenes with one object each, measures how well its scale is read from each layer of a network "
              "trained on ImageNet, with both controls, cuts the network where that is best, and tries the cut on "
              "drawn cells at four magnifications. Takes one to two minutes on two cores.");
  command->footer("EXAMPLE\n    scalescope-cli demo --out demo-result");
  const auto options = std::make_shared<DemoOptions>();
  command->add_option("--out", options->out, "Folder for the results")->type_name("DIR")->capture_default_str();
  command->add_option("--model", options->model, "Another network: as in 'analyze'")
      ->type_name("FILE")
      ->capture_default_str();
  command->add_option("--scenes", options->scenes, "How many scenes")
      ->type_name("N")
      ->check(CLI::Range(50, 100000))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of the scenes and of everything drawn")
      ->type_name("N")
      ->capture_default_str();
  return [options] { return run(*options); };
}

} // namespace scalescope
