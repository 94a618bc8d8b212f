#include "core/jobs/experiment_job.h"

#include "core/base/error.h"
#include "core/experiment/image_size.h"
#include "core/experiment/noise.h"
#include "core/jobs/detail/unfinished.h"
#include "core/report/direction_report.h"
#include "core/report/experiment_texts.h"
#include "core/report/invariance_report.h"

#include <fmt/format.h>

namespace scalescope {
namespace {

// What all kinds share while they run.
struct Run {
  const ExperimentJob& job;
  const JobWatch& watch;
  std::stop_token stop;
  const Network& network;
  CurvePlan plan;
  SampleSet samples;

  [[nodiscard]] RenderSettings rendering() const {
    RenderSettings how = job.rendering;
    how.seed = job.seed;
    return how;
  }
  [[nodiscard]] NoiseSettings noise() const { return {job.noise, job.sizes, job.noise_images, job.seed}; }
  [[nodiscard]] AnalysisContext context() const { return context_of(job, plan, network.info(), samples); }
  void start(const std::string& images) const {
    if (watch.starting)
      watch.starting(plan_text(network.info(), plan, images));
  }
  // A single pass over images.
  [[nodiscard]] JobCallback progress() const { return whole_of(watch.progress, {{"images", 20}, {"fitting", 1}}); }
};

// The rows of the experiment's curve.
Extraction rows_of(const Run& run, const Network& network, const JobCallback& progress) {
  const ExtractionSettings& how = run.plan.settings.extraction;
  const std::vector<Sample>& samples = run.samples.samples;
  switch (run.job.kind) {
  case ExperimentKind::ObservedScale:
    return observed_scales(network, samples, how, run.job.measure, run.stop, progress);
  case ExperimentKind::RenderedScale:
    return rendered_scales(network, samples, how, run.rendering(), run.job.measure, run.stop, progress);
  case ExperimentKind::ImageSize:
    return image_sizes(network, samples, how, run.job.sizes, run.stop, progress);
  default:
    return noise_sizes(network, how, run.noise(), Positions::All, run.stop, progress);
  }
}

// The same noise, pooled only where padding does not reach; without the controls, which the main curve has.
std::optional<Analysis> analyze_without_padding(const Run& run) {
  AnalysisSettings settings = run.plan.settings;
  settings.extraction.layers = layers_without_padding(run.network, settings.extraction.layers, run.job.sizes);
  if (settings.extraction.layers.empty())
    return std::nullopt;
  settings.random_weights_control = settings.random_scale_control = false;
  settings.permutations = 0;
  JobWatch watch = run.watch;
  watch.progress = between(watch.progress, 0, 0.2);
  return run_analysis(
      run.network,
      [&](const Network& one, const JobCallback& progress) {
        return noise_sizes(one, settings.extraction, run.noise(), Positions::WithoutPadding, run.stop, progress);
      },
      settings, watch, run.stop);
}

ExperimentText text_of_experiment(const Run& run, const std::optional<Analysis>& inner) {
  switch (run.job.kind) {
  case ExperimentKind::ObservedScale:
    return observed_text(run.job.measure);
  case ExperimentKind::RenderedScale:
    return rendered_text(run.rendering(), run.job.measure);
  case ExperimentKind::ImageSize:
    return image_size_text(run.job.sizes);
  default:
    return noise_text(run.noise(), run.plan.settings.extraction.layers, inner);
  }
}

Analysis run_curve(const Run& run, FileSet& files) {
  const bool is_noise = run.job.kind == ExperimentKind::Noise;
  const auto inner = is_noise ? analyze_without_padding(run) : std::nullopt;
  run.start(is_noise
                ? fmt::format("{} images of {} noise", run.job.noise_images * static_cast<int>(run.job.sizes.size()),
                              title_of(run.job.noise))
                : count_of(run.samples));
  JobWatch watch = run.watch;
  if (inner)
    watch.progress = between(watch.progress, 0.2, 1);
  Analysis analysis = run_analysis(
      run.network, [&](const Network& one, const JobCallback& progress) { return rows_of(run, one, progress); },
      run.plan.settings, watch, run.stop);
  AnalysisContext context = run.context();
  context.experiment = text_of_experiment(run, inner);
  write_analysis(files, analysis, run.network, context, false);
  return analysis;
}

Invariance run_invariance(const Run& run, FileSet& files) {
  run.start(count_of(run.samples));
  const auto& how = run.plan.settings.extraction;
  Invariance found =
      invariance(run.network, run.samples.samples, how, run.rendering(), run.job.sizes, run.stop, run.progress());
  const AnalysisContext context = run.context();
  write_invariance(
      files, found, run.network,
      {context.model, context.data, run.samples, how, run.rendering(), context.preprocessing_reason, context.version});
  run.watch.say(found.remarks);
  return found;
}

Directions run_directions(const Run& run, FileSet& files) {
  run.start(count_of(run.samples));
  const DirectionSettings how{.extraction = run.plan.settings.extraction,
                              .repetitions = run.job.repetitions,
                              .permutations = run.job.permutations,
                              .seed = run.job.seed,
                              .wanted_class = run.job.wanted_class,
                              .device = run.job.network.device};
  Directions found = directions(run.network, run.network.info().source, run.samples.samples, how, run.stop,
                                whole_of(run.watch.progress, {{"images", 10}, {"derivatives", 10}, {"fitting", 3}}));
  const AnalysisContext context = run.context();
  write_directions(files, found, run.network,
                   {context.model, context.data, run.samples, how, context.preprocessing_reason, context.version});
  run.watch.say(found.remarks);
  for (const auto& note : found.notes)
    run.watch.say(note);
  return found;
}

// What only a job that was written by hand can get wrong.
void check(const ExperimentJob& job) {
  const bool needs_sizes = job.kind == ExperimentKind::ImageSize || job.kind == ExperimentKind::Noise ||
                           job.kind == ExperimentKind::Invariance;
  if (needs_sizes && job.sizes.size() < 2)
    throw Error("The experiment compares images of several sizes; give at least two sizes.");
}

SampleSet samples_of(const ExperimentJob& job, const JobWatch& watch) {
  if (!reads_data(job.kind))
    return {title_of(job.noise) + " noise", "image size", {}, {}};
  SampleSet samples = read_data(job, watch);
  if (job.kind == ExperimentKind::ImageSize)
    samples.target_name = "image size";
  if (job.kind == ExperimentKind::ObservedScale || job.kind == ExperimentKind::RenderedScale)
    samples.target_name = target_name_of(job.measure);
  return samples;
}

} // namespace

ExperimentJob::ExperimentJob(ExperimentKind of) : kind(of), sizes(default_sizes()) {
  controls = {"random-weights", "random-scale"};
  weight_draws = 3;
  permutations = of == ExperimentKind::Direction ? DirectionSettings{}.permutations : 99;
}

bool reads_data(ExperimentKind kind) { return kind != ExperimentKind::Noise; }

bool ends_in_curve(ExperimentKind kind) {
  return kind != ExperimentKind::Invariance && kind != ExperimentKind::Direction;
}

std::vector<std::string> experiment_files(ExperimentKind kind) {
  return kind == ExperimentKind::Invariance  ? invariance_files()
         : kind == ExperimentKind::Direction ? direction_files()
                                             : analysis_files(true);
}

ExperimentResult run(const ExperimentJob& job, const JobWatch& watch, const std::stop_token& stop) {
  check(job);
  SampleSet samples = samples_of(job, watch);
  Unfinished unfinished(job.out, job.resume);
  RunOptions options = run_options_of(job.network);
  if (job.resume)
    options.cache = unfinished.cache();
  const Network network = Network::open(source_of(job.network, job.seed), options);
  for (const auto& note : network.info().notes)
    watch.say(note);
  const Run with{job, watch, stop, network, plan_of(job, network.info()), std::move(samples)};
  FileSet files =
      unfinished.unless_new([&] { return FileSet(job.out, experiment_files(job.kind), inputs_of(with.context())); });
  ExperimentResult result;
  try {
    if (job.kind == ExperimentKind::Invariance)
      result.invariance = run_invariance(with, files);
    else if (job.kind == ExperimentKind::Direction)
      result.directions = run_directions(with, files);
    else
      result.analysis = run_curve(with, files);
  } catch (const Cancelled&) {
    if (job.resume)
      watch.say(fmt::format("The features so far are kept in {}; the same command continues from there.",
                            unfinished.folder().string()));
    throw;
  }
  files.commit();
  unfinished.forget();
  result.samples = with.samples;
  return result;
}

} // namespace scalescope
