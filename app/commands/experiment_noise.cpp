#include "app/commands/experiments.h"
#include "app/interrupt.h"
#include "core/experiment/noise.h"
#include "core/report/experiment_texts.h"

#include <fmt/format.h>

#include <map>
#include <memory>

namespace scalescope {
namespace {

struct NoiseOptions : ExperimentOptions {
  NoiseSettings noise;
};

// The same noise, pooled only where padding does not reach; without the controls, which the main curve has.
std::optional<Analysis> analyse_without_padding(const NoiseOptions& options, const Network& network) {
  NoiseOptions inner = options;
  inner.settings.extraction.layers =
      layers_without_padding(network, options.settings.extraction.layers, options.noise.sizes);
  if (inner.settings.extraction.layers.empty())
    return std::nullopt;
  inner.settings.random_weights_control = inner.settings.random_scale_control = false;
  inner.settings.permutations = 0;
  return inner.analyse(network, [&](const Network& one, const JobCallback& progress) {
    return noise_sizes(one, inner.settings.extraction, inner.noise, Positions::WithoutPadding, interrupt_token(),
                       progress);
  });
}

int run(NoiseOptions& options) {
  options.noise.seed = options.settings.seed;
  const SampleSet samples{name_of(options.noise.kind) + " noise", "image size", {}, {}};
  const Network network = options.open();
  FileSet files = options.files(analysis_files(true), samples);
  const auto inner = analyse_without_padding(options, network);
  const auto make_rows = [&](const Network& one, const JobCallback& progress) {
    return noise_sizes(one, options.settings.extraction, options.noise, Positions::All, interrupt_token(), progress);
  };
  return run_curve(
      options, files, network,
      {samples,
       fmt::format("{} images of {} noise", options.noise.images * static_cast<int>(options.noise.sizes.size()),
                   name_of(options.noise.kind)),
       noise_text(options.noise, options.settings.extraction.layers, inner), make_rows});
}

} // namespace

Command add_noise_experiment(CLI::App& experiment) {
  auto* command = experiment.add_subcommand(
      "noise",
      "How much of the image's size is read from images without any content\n"
      "Noise of several sizes in pixels: there is no object, so what is read is the size alone, as zero padding "
      "leaks it. A second curve pools only over positions whose receptive field touches no padding.");
  const auto options = std::make_shared<NoiseOptions>();
  options->noise.sizes = default_sizes();
  options->add_to(*command, false);
  add_sizes_option(*command, options->noise.sizes);
  command->add_option("--noise", options->noise.kind, "gaussian or uniform (white), or pink (1/f)")
      ->transform(CLI::CheckedTransformer(std::map<std::string, NoiseKind>{
          {"gaussian", NoiseKind::Gaussian}, {"uniform", NoiseKind::Uniform}, {"pink", NoiseKind::Pink}}))
      ->type_name("KIND")
      ->default_str("gaussian");
  command->add_option("--images", options->noise.images, "Images of each size")
      ->type_name("N")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  return [options] { return run(*options); };
}

} // namespace scalescope
