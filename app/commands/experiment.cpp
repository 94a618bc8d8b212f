#include "app/commands/commands.h"
#include "app/interrupt.h"
#include "app/options/curve_options.h"
#include "app/options/enum_option.h"
#include "app/options/network_options.h"
#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/experiment/permutations.h"

#include <fmt/format.h>

#include <map>
#include <memory>

namespace scalescope {
namespace {

void add_sizes_option(CLI::App& command, std::vector<int>& sizes) {
  command.add_option("--sizes", sizes, "Sides of the images in pixels [160 to 480 in steps of 40]")
      ->delimiter(',')
      ->type_name("N,N,...")
      ->check(CLI::Range(8, 4096))
      ->expected(2, 100);
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

void print_invariance(const Invariance& found, std::size_t left_out, const std::string& out) {
  print_steps(found.object_scale, "object scale, %", 100);
  print_steps(found.image_size, "image size, px", 1);
  fmt::print("{} left out.\nWritten: report.html, answers.csv, cosine.csv, invariance.json and figures in {}\n",
             left_out, out);
}

void print_directions(const Directions& found, std::size_t left_out, const std::string& out) {
  fmt::print("  {:<16}  {:>7}  {:>16}  {:>9}  {:>11}  {:>8}  {:>7}  {:>7}\n", "layer", "R2", "cosine of halves",
             "permuted", "small-large", "positive", "Br", "p");
  for (const LayerDirection& l : found.layers)
    fmt::print("  {:<16}  {:>7.3f}  {:>7.3f} +- {:.3f}  {:>9.3f}  {:>11.3f}  {:>8.3f}  {:>7.3f}  {:>7}\n",
               for_terminal(l.layer), l.score.mean(), mean_of(l.halves), standard_deviation_of(l.halves),
               mean_of(l.halves_by_chance), l.small_to_large, l.positive(), l.relevance(),
               p_number(l.p(), l.means_by_chance.size()));
  fmt::print("{} left out.\nWritten: report.html, direction.csv, sensitivity.csv, vectors.csv, direction.json and "
             "figures in {}\n",
             left_out, out);
}

// The command of an experiment and its job.
struct Experiment {
  CLI::App* command;
  std::shared_ptr<ExperimentJob> job;
  std::shared_ptr<bool> quiet;
};

Experiment add_experiment(CLI::App* command, ExperimentKind kind) {
  Experiment one{command, std::make_shared<ExperimentJob>(kind), std::make_shared<bool>(false)};
  add_curve_options(*command, *one.job, reads_data(kind), ends_in_curve(kind));
  command->add_flag("--quiet", *one.quiet, "Print errors only");
  command->add_flag(
      "--resume", one.job->resume,
      "Keep the features of finished images in DIR/unfinished until the experiment is done, and continue from "
      "there if it was interrupted. Without this option they go to the cache, if it is used");
  return one;
}

Experiment add_object_scale(CLI::App& experiment) {
  auto* command = experiment.add_subcommand(
      "object-scale", "Measure how well the object's scale is read from each layer\n"
                      "--observed uses each annotated image as it is. --rendered shows each object at several scales "
                      "in its own image and fills the area behind it. Rows of one image stay together in the folds.");
  Experiment one = add_experiment(command, ExperimentKind::ObservedScale);
  ExperimentJob& job = *one.job;
  auto* rendered = command->add_flag_callback(
      "--rendered", [&job] { job.kind = ExperimentKind::RenderedScale; }, "Show each object at several scales");
  command
      ->add_flag_callback(
          "--observed", [&job] { job.kind = ExperimentKind::ObservedScale; },
          "Use the images as they are (the default)")
      ->excludes(rendered);
  command
      ->add_option("--measure", job.measure,
                   "Target of the regression: the area fraction (area), its square root (root) or its logarithm (log)")
      ->transform(named<ScaleMeasure>())
      ->type_name("NAME")
      ->default_str("area");
  add_render_options(*command, job.rendering);
  return one;
}

Experiment add_image_size(CLI::App& experiment) {
  auto* command = experiment.add_subcommand(
      "image-size",
      "Measure how well the image's size in pixels is read from each layer\n"
      "Gives each whole image to the network at several sizes. The object's share of the image stays the same; the "
      "target is the side in pixels. Rows of one image stay together in the folds.");
  Experiment one = add_experiment(command, ExperimentKind::ImageSize);
  add_sizes_option(*command, one.job->sizes);
  return one;
}

Experiment add_noise(CLI::App& experiment) {
  auto* command = experiment.add_subcommand(
      "noise",
      "Measure how well the image's size is read from images without any content\n"
      "Uses noise images of several sizes in pixels. They contain no object, so the regression can read only the "
      "size, which zero padding reveals. A second curve pools only over positions whose receptive field touches no "
      "padding.");
  Experiment one = add_experiment(command, ExperimentKind::Noise);
  add_sizes_option(*command, one.job->sizes);
  command->add_option("--noise", one.job->noise, "gaussian or uniform (white), or pink (1/f)")
      ->transform(named<NoiseKind>())
      ->type_name("KIND")
      ->default_str("gaussian");
  command->add_option("--images", one.job->noise_images, "Images of each size")
      ->type_name("N")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  return one;
}

Experiment add_invariance(CLI::App& experiment) {
  auto* command = experiment.add_subcommand(
      "invariance", "Measure how the predictions change with object scale and with image size\n"
                    "The reference is each unchanged image. The report gives the share of images whose likeliest "
                    "class stays the same, the probability of that class, and for each layer the cosine between its "
                    "features and those of the reference.");
  Experiment one = add_experiment(command, ExperimentKind::Invariance);
  add_render_options(*command, one.job->rendering);
  add_sizes_option(*command, one.job->sizes);
  return one;
}

Experiment add_direction(CLI::App& experiment) {
  auto* command = experiment.add_subcommand(
      "direction", "Measure whether the regression vector of a layer is stable, and whether predictions depend on it\n"
                   "The report gives the cosine between the vectors of two halves of the images, and of small and "
                   "large targets. It also gives the derivative of a class's output along the vector, which LibTorch "
                   "computes.");
  Experiment one = add_experiment(command, ExperimentKind::Direction);
  command->add_option("--repetitions", one.job->repetitions, "Number of times that the images are split into halves")
      ->type_name("N")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command
      ->add_option("--permutations", one.job->permutations,
                   "Number of vectors of permuted targets to compare the derivative with; 0: none")
      ->type_name("N")
      ->check(CLI::Range(0, 100000))
      ->capture_default_str();
  command
      ->add_option("--class", one.job->wanted_class,
                   "Class whose output is differentiated, counted from 0 [each image's likeliest]")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
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
  const std::size_t left_out = result.samples.left_out.size();
  if (result.analysis)
    print_summary(*result.analysis, left_out + result.analysis->extraction.left_out.size(),
                  "report.html, curve.csv, curve.png, curve.svg, analysis.json", job.out);
  if (result.invariance)
    print_invariance(*result.invariance, left_out + result.invariance->left_out.size(), job.out);
  if (result.directions)
    print_directions(*result.directions, left_out + result.directions->left_out.size(), job.out);
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
  const std::vector<Experiment> experiments{add_object_scale(*command), add_image_size(*command), add_noise(*command),
                                            add_invariance(*command), add_direction(*command)};
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
