#include "core/jobs/report_card_job.h"

#include "core/base/file_set.h"
#include "core/base/version.h"
#include "core/jobs/experiment_job.h"
#include "core/jobs/transfer_job.h"
#include "core/network/model_folder.h"
#include "core/report/analysis_report.h"
#include "core/report/report_card_report.h"
#include "datasets/cells.h"
#include "datasets/write_scenes.h"

#include <fmt/format.h>

namespace scalescope {
namespace {

namespace fs = std::filesystem;

constexpr int images_for_invariance = 60; // each of them is shown about ten times
constexpr int images_for_equivariance = 100;

// A folder that appears complete or not at all, and is not drawn again.
fs::path drawn_scenes(const ReportCardJob& job, const std::stop_token& stop) {
  fs::path folder = fs::path(job.out) / fmt::format("scenes-{}-seed-{}", job.scenes, job.seed);
  if (!fs::exists(folder / "classes.txt"))
    write_scenes(folder, job.scenes, {.seed = job.seed}, stop);
  return folder;
}

ExperimentJob experiment(const ReportCardJob& card, ExperimentKind kind, const char* folder, const std::string& data) {
  ExperimentJob job(kind);
  job.network = card.network;
  job.preprocessing = card.preprocessing;
  job.data = info_of(kind).reads_data ? data : "";
  job.read = card.read;
  job.out = (fs::path(card.out) / folder).string();
  job.seed = card.seed;
  return job;
}

TransferJob transfer_job(const ReportCardJob& card, const std::string& cells) {
  TransferJob job;
  job.network = card.network;
  job.preprocessing = card.preprocessing;
  job.data = cells;
  job.out = (fs::path(card.out) / "transfer").string();
  job.analysis = (fs::path(card.out) / "object-scale" / "analysis.json").string();
  job.patches.magnifications = {15, 20, 30, 40};
  job.patches.native = 40;
  job.patches.split_masks = card.split_masks;
  job.network.input_size = 96; // side of the patches, in pixels
  job.seed = card.seed;
  return job;
}

} // namespace

ReportCard run(const ReportCardJob& job, const JobWatch& watch, const std::stop_token& stop) {
  const std::vector<std::string> folders{"object-scale", "invariance", "equivariance", "noise", "transfer"};
  const Network network =
      Network::open(source_of(job.network, job.seed), run_options_of(job.network)); // it may be missing
  FileSet files(job.out, report_card_files(), files_of_model(network.info().source.file));
  const std::string data = job.data.empty() ? drawn_scenes(job, stop).string() : job.data;
  std::string cells = job.cells;
  if (cells.empty()) {
    cells = (fs::path(job.out) / "cells").string();
    write_cells(cells, 24, {.seed = job.seed}, stop);
  }
  double from = 0;
  const auto part = [&](double share) {
    JobWatch one = watch;
    one.progress = between(watch.progress, from, from + share);
    from += share;
    return one;
  };

  ExperimentResult curve = run(experiment(job, ExperimentKind::ObservedScale, "object-scale", data), part(0.25), stop);
  ExperimentJob invariance = experiment(job, ExperimentKind::Invariance, "invariance", data);
  invariance.rendering.scales = 4;
  const int side = network.info().input_size;
  invariance.sizes = {side * 3 / 4, side * 3 / 2};
  invariance.most_images = images_for_invariance;
  ExperimentResult sameness = run(invariance, part(0.15), stop);
  ExperimentJob equivariance = experiment(job, ExperimentKind::Equivariance, "equivariance", data);
  equivariance.zooms = {1.5};
  equivariance.most_images = images_for_equivariance;
  ExperimentResult maps = run(equivariance, part(0.1), stop);
  ExperimentJob padding = experiment(job, ExperimentKind::Noise, "noise", data);
  padding.sizes = {side * 3 / 4, side, side * 5 / 4, side * 3 / 2, side * 2};
  ExperimentResult noise = run(padding, part(0.3), stop);
  TransferResult magnification = run(transfer_job(job, cells), part(0.2), stop);

  const std::string figure = to_svg(curve_figure(*curve.analysis, network.info().name, curve.samples));
  const ReportCardContext context{.data = curve.samples.name,
                                  .images = curve.analysis->extraction.rows.size(),
                                  .magnification_data = fs::path(cells).filename().string(),
                                  .seed = job.seed,
                                  .version = scalescope_version(),
                                  .folders = folders};
  ReportCard card =
      report_card_of({std::move(*curve.analysis), std::move(*sameness.invariance), std::move(*maps.measures),
                      std::move(*noise.analysis), std::move(magnification.transfer)});
  write_report_card(files, card, figure, network, context);
  files.commit();
  return card;
}

} // namespace scalescope
