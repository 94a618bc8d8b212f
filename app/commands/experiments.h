#pragma once

#include "app/commands/commands.h"
#include "app/options/analyze_options.h"
#include "core/experiment/image_size.h"
#include "core/experiment/rendering.h"

namespace scalescope {

// The experiments: each adds itself to `scalescope-cli experiment`.
Command add_object_scale_experiment(CLI::App& experiment);
Command add_image_size_experiment(CLI::App& experiment);
Command add_noise_experiment(CLI::App& experiment);
Command add_invariance_experiment(CLI::App& experiment);
Command add_direction_experiment(CLI::App& experiment);

/// The options that every experiment takes: those of `analyze` with controls and peak test on, and --resume.
struct ExperimentOptions : AnalyzeOptions {
  bool resume = false;

  void add_to(CLI::App& command, bool with_data = true, bool with_curve = true);
  [[nodiscard]] Network open();
  /// What is to be written, once the network is open. @throws Error as FileSet.
  [[nodiscard]] FileSet files(const std::vector<std::string>& names, const SampleSet& samples) const;
  /// After the results are written: removes what --resume kept.
  void forget_unfinished() const;
  /// After it was stopped: says that the next run goes on, where it does.
  void tell_unfinished() const;

 private:
  bool resumed_ = false; ///< there was something to go on from
};

/// Where an experiment that ends in a curve differs from the others.
struct CurveExperiment {
  SampleSet samples;  ///< their target's name is that of the experiment
  std::string images; ///< "184 images, 3 left out"
  ExperimentText text;
  MakeRows make_rows;
};

/// Runs it, and writes its results. @return the exit code.
int run_curve(const ExperimentOptions& options, FileSet& files, const Network& network,
              const CurveExperiment& experiment);

/// --sizes, sides of images in pixels.
void add_sizes_option(CLI::App& command, std::vector<int>& sizes);
/// --scales and the others that say how objects are rendered.
void add_render_options(CLI::App& command, RenderSettings& rendering);

/// "184 images, 3 left out".
[[nodiscard]] std::string count_of(const SampleSet& samples);

} // namespace scalescope
