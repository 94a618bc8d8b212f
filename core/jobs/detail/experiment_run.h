#pragma once

#include "core/base/file_set.h"
#include "core/experiment/noise.h"
#include "core/jobs/experiment_job.h"

#include <stop_token>
#include <string>

namespace scalescope {

/// An experiment under way: its job, worked out for an open network.
struct ExperimentRun {
  const ExperimentJob& job;
  const JobWatch& watch;
  std::stop_token stop;
  const Network& network;
  CurveSetup setup;
  SampleSet samples; ///< their target's name is that of the experiment

  [[nodiscard]] const ExtractionSettings& extraction() const { return setup.settings.extraction; }
  [[nodiscard]] RenderSettings rendering() const {
    RenderSettings how = job.rendering;
    how.seed = job.seed;
    return how;
  }
  [[nodiscard]] PairSettings pairs() const {
    return {job.ratios, job.pair_area, job.rendering.most_enlarged, job.rendering.cut, job.seed};
  }
  [[nodiscard]] NoiseSettings noise() const { return {job.noise, job.sizes, job.noise_images, job.seed}; }
  [[nodiscard]] AnalysisContext context() const { return context_of(job, setup, network.info(), samples); }
  void start(const std::string& images) const {
    if (watch.starting)
      watch.starting(setup_text(network.info(), setup, images));
  }
};

} // namespace scalescope
