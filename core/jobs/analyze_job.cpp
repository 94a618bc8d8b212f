#include "core/jobs/analyze_job.h"

#include "core/base/error.h"
#include "core/base/file_set.h"
#include "core/report/analysis_report.h"

#include <fmt/format.h>

#include <algorithm>

namespace scalescope {
namespace {

// Features of an earlier run that this one would not replace would stand beside its curve as if they were its own.
void refuse_stale_features(const std::filesystem::path& folder, const std::vector<std::string>& layers) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "features", ignored)) {
    const bool is_old = entry.path().extension() == ".npy" &&
                        std::find(layers.begin(), layers.end(), entry.path().stem().string()) == layers.end();
    if (is_old)
      throw Error(fmt::format("{} is from an earlier run and would be mixed with these results; remove the folder {}, "
                              "or choose another --out.",
                              entry.path().string(), (folder / "features").string()));
  }
}

} // namespace

AnalyzeResult run(const AnalyzeJob& job, const JobWatch& watch, const std::stop_token& stop) {
  SampleSet samples = read_data(job, watch, stop);
  const Network network = open_network(job.network, job.seed, watch);
  const CurveSetup setup = setup_of(job, network.info());
  const auto written = job.features ? setup.settings.extraction.layers : std::vector<std::string>();
  const AnalysisContext context = context_of(job, setup, network.info(), samples);
  // Before the work: nobody wants to hear after ten minutes that nothing can be written.
  FileSet files(job.out, analysis_files(written), inputs_of(context));
  refuse_stale_features(job.out, written);
  if (watch.starting)
    watch.starting(setup_text(network.info(), setup, count_of(samples)));
  Analysis analysis = run_analysis(
      network,
      [&](const Network& one, const JobCallback& progress) {
        return extract_samples(one, samples.samples, setup.settings.extraction, stop, progress);
      },
      setup.settings, watch, stop);
  write_analysis(files, analysis, network, context, job.features);
  files.commit();
  return {std::move(samples), std::move(analysis)};
}

} // namespace scalescope
