#include "app/commands/commands.h"
#include "app/interrupt.h"
#include "app/options/curve_options.h"
#include "app/options/enum_option.h"
#include "app/options/network_options.h"
#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/experiment/permutations.h"
#include "core/stage/segment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <string_view>

namespace scalescope {
namespace {

void add_sizes_option(CLI::App& command, std::vector<int>& sizes) {
  command.add_option("--sizes", sizes, "Sides of the images in pixels [160 to 480 in steps of 40]")
      ->delimiter(',')
      ->type_name("N,N,...")
      ->check(CLI::Range(8, 4096))
      ->expected(2, 100);
}

void add_cut_out_options(CLI::App& command, RenderSettings& rendering) {
  command
      .add_option(
          "--most-enlarged", rendering.most_enlarged,
          "Leave out renderings that enlarge the object more than this many times, as the network sees it: blur would "
          "reveal the scale")
      ->type_name("X")
      ->check(CLI::Range(0.01, 1000.0))
      ->capture_default_str();
  command
      .add_option("--cut-out", rendering.cut.by,
                  "How the object is segmented: by its mask (from GrabCut), or by its whole box")
      ->transform(named<SegmentBy>())
      ->type_name("NAME")
      ->default_str("mask");
}

void add_render_options(CLI::App& command, RenderSettings& rendering) {
  command.add_option("--scales", rendering.scales, "Number of scales, log-spaced")
      ->type_name("N")
      ->check(CLI::Range(2, 100))
      ->capture_default_str();
  command
      .add_option("--min-scale", rendering.smallest, "Smallest object scale: area of the box over area of the image")
      ->type_name("S")
      ->check(CLI::Range(1e-5, 1.0))
      ->capture_default_str();
  command.add_option("--max-scale", rendering.largest, "Largest object scale")
      ->type_name("S")
      ->check(CLI::Range(1e-5, 1.0))
      ->capture_default_str();
  add_cut_out_options(command, rendering);
  command
      .add_option("--fill", rendering.cut.fill,
                  "How the area behind the object is filled: inpaint, blur, mean or noise")
      ->transform(named<Fill>())
      ->type_name("NAME")
      ->default_str("inpaint");
}

void print_steps(const std::vector<InvarianceStep>& steps, const char* what, double unit) {
  fmt::print("  {:<16}  {:>8}  {:>10}  {:>11}  {:>14}\n", what, "images", "same class", "probability", "cosine at end");
  for (const InvarianceStep& step : steps)
    fmt::print("  {:<16.4g}  {:>8}  {:>10.3f}  {:>11.3f}  {:>14.3f}\n", unit * step.value, step.images, step.agreement,
               step.probability, step.cosine.back());
}

void print_invariance(const Invariance& found, const std::string& left_out, const std::string& out) {
  print_steps(found.object_scale, "object scale, %", 100);
  print_steps(found.image_size, "image size, px", 1);
  fmt::print("{}.\nWritten: report.html, answers.csv, cosine.csv, invariance.json and figures in {}\n", left_out, out);
}

void print_directions(const Directions& found, const std::string& left_out, const std::string& out) {
  fmt::print("  {:<16}  {:>7}  {:>16}  {:>9}  {:>11}  {:>8}  {:>7}  {:>7}\n", "layer", "R2", "cosine of halves",
             "permuted", "small-large", "positive", "Br", "p");
  for (const LayerDirection& l : found.layers)
    fmt::print("  {:<16}  {:>7.3f}  {:>7.3f} +- {:.3f}  {:>9.3f}  {:>11.3f}  {:>8.3f}  {:>7.3f}  {:>7}\n",
               for_terminal(l.layer), l.score.mean(), mean_of(l.halves), standard_deviation_of(l.halves),
               mean_of(l.halves_by_chance), l.small_to_large, l.positive(), l.relevance(),
               p_number(l.p(), l.means_by_chance.size()));
  fmt::print("{}.\nWritten: report.html, direction.csv, sensitivity.csv, vectors.csv, direction.json and "
             "figures in {}\n",
             left_out, out);
}

// Figure by figure, one column for each curve that is no control.
void print_measures(const LayerMeasures& found, const std::string& left_out, const std::string& out) {
  fmt::print("{}\n", for_terminal(found.text.headline));
  for (const MeasureFigure& figure : found.figures) {
    fmt::print("\n{}\n  {:<18}", figure.title, "layer");
    for (const CurveSeries& curve : figure.curves)
      if (!curve.control)
        fmt::print("  {:>12}", for_terminal(curve.name));
    fmt::print("\n");
    for (std::size_t i = 0; i < found.layers.size(); ++i) {
      fmt::print("  {:<18}", for_terminal(found.layers[i]));
      for (const CurveSeries& curve : figure.curves)
        if (!curve.control)
          fmt::print("  {:>{}}", std::isfinite(curve.mean[i]) ? fmt::format("{:.3f}", curve.mean[i]) : "-",
                     std::max<std::size_t>(12, for_terminal(curve.name).size()));
      fmt::print("\n");
    }
  }
  fmt::print("{}.\nWritten: report.html, measures.csv, measures.json, tables and figures in {}\n", left_out, out);
}

void add_noise_options(CLI::App& command, ExperimentJob& job) {
  command.add_option("--noise", job.noise, "gaussian or uniform (white), or pink (1/f)")
      ->transform(named<NoiseKind>())
      ->type_name("KIND")
      ->default_str("gaussian");
  command.add_option("--images", job.noise_images, "Images of each size")
      ->type_name("N")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
}

void add_direction_options(CLI::App& command, ExperimentJob& job) {
  command.add_option("--repetitions", job.repetitions, "Number of times that the images are split into halves")
      ->type_name("N")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command
      .add_option("--permutations", job.permutations,
                  "Number of vectors of permuted targets to compare the derivative with; 0: none")
      ->type_name("N")
      ->check(CLI::Range(0, 100000))
      ->capture_default_str();
  command
      .add_option("--class", job.wanted_class,
                  "Class whose output is differentiated, counted from 0 [each image's likeliest]")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
}

void add_pair_options(CLI::App& command, ExperimentJob& job) {
  command
      .add_option("--ratios", job.ratios,
                  "Ratios of the areas of two objects, the larger over the smaller one [1,2,4,8]")
      ->delimiter(',')
      ->type_name("X,X,...")
      ->check(CLI::Range(1.0, 1000.0))
      ->expected(1, 100);
  command.add_option("--area", job.pair_area, "Area of the boxes of both objects together, as a share of the image")
      ->type_name("S")
      ->check(CLI::Range(0.001, 0.5))
      ->capture_default_str();
  add_cut_out_options(command, job.rendering);
}

void add_options_of(ExperimentPart part, CLI::App& command, ExperimentJob& job) {
  switch (part) {
  case ExperimentPart::Measure:
    command
        .add_option("--measure", job.measure,
                    "Target of the regression: the area fraction (area), its square root (root) or its logarithm (log)")
        ->transform(named<ScaleMeasure>())
        ->type_name("NAME")
        ->default_str("area");
    break;
  case ExperimentPart::Rendering:
    return add_render_options(command, job.rendering);
  case ExperimentPart::Sizes:
    return add_sizes_option(command, job.sizes);
  case ExperimentPart::Noise:
    return add_noise_options(command, job);
  case ExperimentPart::Direction:
    return add_direction_options(command, job);
  case ExperimentPart::Zooms:
    command.add_option("--zooms", job.zooms, "How many times the middle of each image is enlarged [1.25, 1.5, 2]")
        ->delimiter(',')
        ->type_name("X,X,...")
        ->check(CLI::Range(1.01, 100.0));
    return;
  case ExperimentPart::Images:
    command.add_option("--images", job.most_images, "Images to use at most, drawn at random; 0: all")
        ->type_name("N")
        ->check(CLI::Range(0, 1000000))
        ->capture_default_str();
    return;
  case ExperimentPart::Other:
    command
        .add_option("--other", job.other, "Also compare with the layers of this network, a file or an installed one")
        ->type_name("FILE");
    return;
  case ExperimentPart::Pairs:
    return add_pair_options(command, job);
  case ExperimentPart::RandomWeights:
    command
        .add_option("--controls", job.controls,
                    "random-weights (the same without the knowledge of the network), or none")
        ->check(CLI::IsMember({"random-weights", "none"}))
        ->type_name("NAME")
        ->default_str("random-weights");
    return;
  }
}

// The command of an experiment and its job.
struct Experiment {
  CLI::App* command;
  std::shared_ptr<ExperimentJob> job;
  std::shared_ptr<bool> quiet;
};

// @param kinds that share the command: the first is its default, and all options are those of the last.
Experiment add_command_of(CLI::App& experiment, std::span<const ExperimentInfo> kinds) {
  const ExperimentInfo& first = kinds.front();
  Experiment one{experiment.add_subcommand(first.command, first.help), std::make_shared<ExperimentJob>(first.kind),
                 std::make_shared<bool>(false)};
  add_curve_options(*one.command, *one.job, first.reads_data, first.ends_in_curve);
  one.command->add_flag("--quiet", *one.quiet, "Print errors only");
  one.command->add_flag(
      "--resume", one.job->resume,
      "Keep the features of finished images in DIR/unfinished until the experiment is done, and continue from "
      "there if it was interrupted. Without this option they go to the cache, if it is used");
  std::vector<CLI::Option*> flags;
  std::for_each(kinds.rbegin(), kinds.rend(), [&](const ExperimentInfo& kind) {
    if (*kind.flag != '\0')
      flags.push_back(one.command->add_flag_callback(
          kind.flag, [job = one.job.get(), which = kind.kind] { job->kind = which; }, kind.flag_help));
  });
  for (std::size_t i = 1; i < flags.size(); ++i)
    flags[i]->excludes(flags[0]);
  for (const ExperimentPart part : kinds.back().parts)
    add_options_of(part, *one.command, *one.job);
  return one;
}

} // namespace

int run_and_tell(const ExperimentJob& job, Output output) {
  const ExperimentResult result = [&] {
    TerminalWatch terminal(output);
    return run(job, terminal.watch(), interrupt_token());
  }();
  if (output != Output::Person)
    return 0;
  const std::vector<LeftOut>& left_out = result.samples.left_out;
  if (result.analysis)
    print_summary(*result.analysis, left_out, "report.html, curve.csv, curve.png, curve.svg, analysis.json", job.out);
  if (result.invariance)
    print_invariance(*result.invariance, left_out_text(left_out, result.invariance->left_out), job.out);
  if (result.directions)
    print_directions(*result.directions, left_out_text(left_out, result.directions->left_out), job.out);
  if (result.measures)
    print_measures(*result.measures, left_out_text(left_out, result.measures->left_out), job.out);
  return 0;
}

Command add_experiment_command(CLI::App& program) {
  auto* command = program.add_subcommand(
      "experiment",
      "Run an experiment on object scale or image size, with its controls and a report\n"
      "Each experiment writes report.html (one page that needs no other files). Experiments with a curve also write "
      "curve.csv, curve.svg, curve.png and analysis.json. They take options of 'analyze'. The controls and a "
      "permutation test of the peak run unless --controls none and --permutations 0 switch them off.");
  command->require_subcommand(1);
  command->footer("EXAMPLE\n    scalescope-cli experiment object-scale --rendered --model efficientnet_lite0 \\\n"
                  "        --data photos --out result");
  std::vector<Experiment> experiments;
  const std::span<const ExperimentInfo> kinds = experiment_kinds();
  for (std::size_t begin = 0, end = 0; begin < kinds.size(); begin = end) {
    while (end < kinds.size() && std::string_view(kinds[end].command) == kinds[begin].command)
      ++end;
    experiments.push_back(add_command_of(*command, kinds.subspan(begin, end - begin)));
  }
  return [experiments] {
    for (const Experiment& one : experiments)
      if (one.command->parsed()) {
        check_usage(one.job->network);
        return run_and_tell(*one.job, *one.quiet ? Output::Quiet : Output::Person);
      }
    return 0; // one is required
  };
}

} // namespace scalescope
