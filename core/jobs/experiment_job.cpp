#include "core/jobs/experiment_job.h"

#include "core/base/error.h"
#include "core/base/file_set.h"
#include "core/experiment/image_size.h"
#include "core/jobs/detail/experiment_run.h"
#include "core/jobs/detail/unfinished.h"

#include <fmt/format.h>

#include <algorithm>

namespace scalescope {
namespace {

bool takes(const ExperimentJob& job, ExperimentPart part) {
  return std::ranges::count(info_of(job.kind).parts, part) > 0;
}

// What only a job that was written by hand can get wrong.
void check(const ExperimentJob& job) {
  if (takes(job, ExperimentPart::Sizes) && job.sizes.size() < 2)
    throw Error("The experiment compares images of several sizes; give at least two sizes.");
}

SampleSet samples_of(const ExperimentJob& job, const JobWatch& watch, const std::stop_token& stop) {
  SampleSet samples;
  if (info_of(job.kind).reads_data)
    samples = read_data(job, watch, stop);
  else
    samples.name = title_of(job.noise) + " noise";
  if (takes(job, ExperimentPart::Measure))
    samples.target_name = target_name_of(job.measure);
  else if (takes(job, ExperimentPart::Sizes) && info_of(job.kind).ends_in_curve)
    samples.target_name = "image size";
  return samples;
}

} // namespace

ExperimentJob::ExperimentJob(ExperimentKind of) : kind(of), sizes(default_sizes()) {
  controls = {"random-weights", "random-scale"};
  weight_draws = 3;
  if (of == ExperimentKind::Invariance)
    most_images = 0;
  if (of == ExperimentKind::Similarity)
    rendering.scales = 4; // as many curves as a figure can show
  if (of == ExperimentKind::Sparse)
    repetitions = 5; // each has ten times as many fits as those of a curve
  permutations = of == ExperimentKind::Direction ? DirectionSettings{}.permutations : 99;
}

ExperimentResult run(const ExperimentJob& job, const JobWatch& watch, const std::stop_token& stop) {
  check(job);
  const ExperimentInfo& kind = info_of(job.kind);
  SampleSet samples = samples_of(job, watch, stop);
  Unfinished unfinished(job.out, job.resume);
  RunOptions options = run_options_of(job.network);
  if (job.resume)
    options.cache = unfinished.cache();
  const Network network = Network::open(source_of(job.network, job.seed), options);
  for (const auto& note : network.info().notes)
    watch.say(note);
  const ExperimentRun with{job, watch, stop, network, setup_of(job, network.info()), std::move(samples)};
  std::vector<std::filesystem::path> inputs = inputs_of(with.context());
  if (!job.other.empty())
    inputs.emplace_back(job.other);
  FileSet files = unfinished.unless_new([&] { return FileSet(job.out, kind.files(), inputs); });
  ExperimentResult result;
  try {
    kind.run(with, files, result);
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
