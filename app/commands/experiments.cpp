#include "app/commands/experiments.h"
#include "app/messages.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <limits>
#include <map>

namespace scalescope {
namespace {

std::filesystem::path unfinished_folder(const std::string& out) { return std::filesystem::path(out) / "unfinished"; }

} // namespace

void ExperimentOptions::add_to(CLI::App& command, bool with_data, bool with_curve) {
  controls = {"random-weights", "random-scale"};
  settings.weight_draws = 3;
  settings.permutations = 99;
  AnalyzeOptions::add_to(command, with_data, with_curve);
  command.add_flag(
      "--resume", resume,
      "Keep the features of finished images in DIR/unfinished until the experiment is done, and go on from "
      "there if it was interrupted (without it, the user's cache serves, where it is used)");
}

Network ExperimentOptions::open() {
  if (resume) {
    constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();
    model.run.cache = Cache(unfinished_folder(out), no_limit);
    std::error_code ignored;
    resumed_ = std::filesystem::exists(unfinished_folder(out), ignored);
  }
  return AnalyzeOptions::open();
}

FileSet ExperimentOptions::files(const std::vector<std::string>& names, const SampleSet& samples) const {
  try {
    return FileSet(out, names, inputs_of(context(samples)));
  } catch (const Error&) {
    if (!resumed_) // what is known of the network by now
      forget_unfinished();
    throw;
  }
}

void ExperimentOptions::forget_unfinished() const {
  if (!resume)
    return;
  model.run.cache->clear();
  std::error_code ignored; // remove leaves what is not empty: what else may lie there stays
  for (const auto& part : std::filesystem::directory_iterator(unfinished_folder(out), ignored))
    if (std::error_code other; part.is_directory(other))
      std::filesystem::remove(part, other);
  std::filesystem::remove(unfinished_folder(out), ignored);
}

void ExperimentOptions::tell_unfinished() const {
  if (resume)
    fmt::print(message_stream(), "What the layers said so far is kept in {}; the same command goes on from there.\n",
               unfinished_folder(out).string());
}

void add_sizes_option(CLI::App& command, std::vector<int>& sizes) {
  command.add_option("--sizes", sizes, "Sides of the images in pixels [160 to 480 in steps of 40]")
      ->delimiter(',')
      ->type_name("N,N,...")
      ->check(CLI::Range(8, 4096))
      ->expected(2, 100);
}

void add_render_options(CLI::App& command, RenderSettings& rendering) {
  command.add_option("--scales", rendering.scales, "How many scales, log-spaced")
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
          "Leave out renderings in which the network would see the object this many times larger than its pixels "
          "allow: blur would tell the scale")
      ->type_name("X")
      ->check(CLI::Range(0.01, 1000.0))
      ->capture_default_str();
  command.add_option("--cut-out", rendering.cut.by, "What is moved: the object's mask (by GrabCut), or all of its box")
      ->transform(
          CLI::CheckedTransformer(std::map<std::string, SegmentBy>{{"mask", SegmentBy::Mask}, {"box", SegmentBy::Box}}))
      ->type_name("NAME")
      ->default_str("mask");
  command.add_option("--fill", rendering.cut.fill, "What takes the object's place: inpaint, blur, mean or noise")
      ->transform(CLI::CheckedTransformer(std::map<std::string, Fill>{
          {"inpaint", Fill::Inpaint}, {"blur", Fill::Blur}, {"mean", Fill::MeanColour}, {"noise", Fill::Noise}}))
      ->type_name("NAME")
      ->default_str("inpaint");
}

std::string count_of(const SampleSet& samples) {
  return fmt::format("{} images, {} left out", samples.samples.size(), samples.left_out.size());
}

int run_curve(const ExperimentOptions& options, FileSet& files, const Network& network,
              const CurveExperiment& experiment) {
  options.print_plan(network, experiment.images);
  const Analysis analysis = [&] {
    try {
      return options.analyse(network, experiment.make_rows);
    } catch (const Cancelled&) {
      options.tell_unfinished();
      throw;
    }
  }();
  AnalysisContext context = options.context(experiment.samples);
  context.experiment = experiment.text;
  write_analysis(files, analysis, network, context, false);
  files.commit();
  options.forget_unfinished();
  options.print_summary(analysis, experiment.samples.left_out.size() + analysis.extraction.left_out.size(),
                        "report.html, curve.csv, curve.png, curve.svg, analysis.json");
  return 0;
}

} // namespace scalescope
