#include "core/jobs/demo_job.h"

#include "core/base/error.h"
#include "core/base/file_set.h"
#include "core/base/refuse_to_overwrite.h"
#include "core/base/version.h"
#include "core/experiment/object_scale.h"
#include "core/jobs/experiment_job.h"
#include "core/jobs/prune_job.h"
#include "core/jobs/transfer_job.h"
#include "core/network/model_folder.h"
#include "core/prune/truncation_point.h"
#include "core/report/analysis_report.h"
#include "core/report/transfer_report.h"
#include "datasets/cells.h"
#include "datasets/label_masks.h"
#include "datasets/scenes.h"
#include "datasets/write_scenes.h"

#include <fmt/format.h>

#include <algorithm>

namespace scalescope {
namespace {

namespace fs = std::filesystem;

const char* const fairness_remark =
    "In these scenes nothing but the object reveals its scale: its kind (one of twelve), texture, position, rotation, "
    "background and light are random and independent of its size, and its pattern grows with it. So the curve shows "
    "that the size of the object can be read from these layers, for any kind of object at any position. It does not "
    "show that the network uses this for its classes (networks with random weights keep part of it, too). It also does "
    "not show how high the curve would be for photographs, which vary more.";

// Where in the whole each part begins.
constexpr double curve_from = 0.05;
constexpr double prune_from = 0.75;
constexpr double cells_from = 0.85;

// All but the scenes, whose folder is new, and the cells, which nobody but the demo reads.
std::vector<fs::path> files_of(const DemoJob& demo) {
  const fs::path out = demo.out;
  std::vector<fs::path> files{out / "pruned.pt"};
  for (const std::string& name : analysis_files())
    files.push_back(out / "curve" / name);
  for (const std::string& name : transfer_files({}))
    files.push_back(out / "transfer" / name);
  return files;
}

// A folder of this name contains exactly these scenes, because it appears complete or not at all.
fs::path scenes_folder(const DemoJob& demo, const JobCallback& progress, const std::stop_token& stop) {
  fs::path folder = fs::path(demo.out) / fmt::format("scenes-{}-seed-{}", demo.scenes, demo.seed);
  if (fs::exists(folder / "classes.txt"))
    return folder;
  write_scenes(folder, demo.scenes, {.seed = demo.seed}, stop, [&](double share) {
    if (progress)
      progress({"making scenes", static_cast<std::int64_t>(share * demo.scenes), demo.scenes, share});
  });
  return folder;
}

struct MeasuredCurve {
  Network network;
  ExperimentJob job;
  CurveSetup setup;
  SampleSet samples;
  Analysis analysis;
};

MeasuredCurve measure_curve(const DemoJob& demo, JobWatch watch, const std::stop_token& stop) {
  ExperimentJob job;
  job.network.model = demo.model;
  job.out = (fs::path(demo.out) / "curve").string();
  job.seed = demo.seed;
  Network network = open_network(job.network, job.seed, watch); // before the scenes are drawn: it may be missing
  const std::vector<fs::path> inputs = files_of_model(network.info().source.file);
  refuse_to_overwrite(files_of(demo), inputs);
  FileSet files(job.out, analysis_files(), inputs);
  job.data = scenes_folder(demo, between(watch.progress, 0, curve_from), stop).string();
  SampleSet samples = read_data(job, watch, stop);
  samples.target_name = target_name_of(ScaleMeasure::Area);
  CurveSetup setup = setup_of(job, network.info());
  if (watch.starting)
    watch.starting(setup_text(network.info(), setup, count_of(samples)));
  watch.progress = between(watch.progress, curve_from, prune_from);
  Analysis analysis = run_analysis(
      network,
      [&](const Network& one, const JobCallback& progress) {
        return observed_scales(one, samples.samples, setup.settings.extraction, ScaleMeasure::Area, stop, progress);
      },
      setup.settings, watch, stop);
  AnalysisContext context = context_of(job, setup, network.info(), samples);
  context.experiment = observed_text(ScaleMeasure::Area);
  context.experiment->remarks.back() = fairness_remark; // that of images found somewhere does not hold for these
  write_analysis(files, analysis, network, context, false);
  files.commit();
  return {std::move(network), std::move(job), std::move(setup), std::move(samples), std::move(analysis)};
}

PruneResult prune_at_the_best(const DemoJob& demo, const MeasuredCurve& curve, const JobCallback& progress,
                              const std::stop_token& stop) {
  std::vector<LayerR2> scores;
  for (std::size_t i = 0; i < curve.analysis.layers.size(); ++i)
    scores.push_back({curve.analysis.layers[i].name, curve.analysis.scores[i].mean(),
                      curve.analysis.scores[i].standard_deviation()});
  PruneSettings settings;
  settings.r2 = best_truncation(curve.network, scores, false).layer;
  settings.layer = settings.r2->layer;
  settings.output = PrunedOutput::Pooled;
  settings.preprocessing = curve.setup.settings.extraction.preprocessing;
  settings.target = curve.samples.target_name;
  for (std::size_t i = 0; i < std::min<std::size_t>(8, curve.samples.samples.size()); ++i)
    settings.images.push_back(curve.samples.samples[i].file);
  settings.seconds = 0.5;
  const NetworkInfo& info = curve.network.info();
  FileSet files(demo.out, {"pruned.pt"}, files_of_model(info.source.file));
  PruneResult result =
      prune(curve.network, settings, stop, progress_of_prune(between(progress, prune_from, cells_from), false));
  files.write("pruned.pt", result.archive);
  files.commit();
  return result;
}

Transfer transfer_to_cells(const DemoJob& demo, const MeasuredCurve& curve, const std::string& layer,
                           const JobCallback& progress, const std::stop_token& stop) {
  const fs::path data = fs::path(demo.out) / "cells";
  TransferJob job;
  job.network = curve.job.network;
  job.network.input_size = 96; // side of the patches, in pixels
  job.data = data.string();
  job.out = (fs::path(demo.out) / "transfer").string();
  job.patches.magnifications = {15, 20, 30, 40};
  job.patches.native = 40;
  job.seed = demo.seed;
  FileSet files(job.out, transfer_files({}), files_of_model(curve.network.info().source.file));
  write_cells(data, 24, {.seed = demo.seed}, stop);
  const Network network = open_network(job.network, job.seed, {});
  TransferSettings settings = settings_of(job, network.info(), layer);
  settings.preprocessing = curve.setup.settings.extraction.preprocessing;
  const LabelledSet set = read_label_masks(data);
  Transfer result =
      transfer(network, set.images, settings, stop,
               whole_of(between(progress, cells_from, 1), {{"masks", 1}, {"images", 10}, {"fitting", 5}}));
  write_transfer(files, result, network,
                 {network.info().source, network.info().options, job.data, set, settings,
                  curve.setup.preprocessing_reason, scalescope_version()});
  files.commit();
  return result;
}

} // namespace

void run(const DemoJob& job, const DemoParts& parts, const JobWatch& watch, const std::stop_token& stop) {
  const MeasuredCurve curve = measure_curve(job, watch, stop);
  if (parts.curve)
    parts.curve(curve.analysis, curve.samples.target_name);
  const PruneResult pruned = prune_at_the_best(job, curve, watch.progress, stop);
  if (parts.pruned)
    parts.pruned(pruned);
  const Transfer cells = transfer_to_cells(job, curve, pruned.layer, watch.progress, stop);
  if (parts.cells)
    parts.cells(cells);
}

} // namespace scalescope
