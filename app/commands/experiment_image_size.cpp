#include "app/commands/experiments.h"
#include "app/interrupt.h"
#include "core/experiment/image_size.h"
#include "core/report/experiment_texts.h"

#include <memory>

namespace scalescope {
namespace {

struct ImageSizeOptions : ExperimentOptions {
  std::vector<int> sizes = default_sizes();
};

int run(ImageSizeOptions& options) {
  SampleSet samples = options.samples();
  samples.target_name = "image size";
  const Network network = options.open();
  FileSet files = options.files(analysis_files(true), samples);
  const auto make_rows = [&](const Network& one, const JobCallback& progress) {
    return image_sizes(one, samples.samples, options.settings.extraction, options.sizes, interrupt_token(), progress);
  };
  return run_curve(options, files, network, {samples, count_of(samples), image_size_text(options.sizes), make_rows});
}

} // namespace

Command add_image_size_experiment(CLI::App& experiment) {
  auto* command = experiment.add_subcommand(
      "image-size",
      "How well the image's size in pixels is read from each layer\n"
      "Every image is given to the network whole at several sizes, so that the object's share of it stays; "
      "the target is the side in pixels. Rows of one image stay together in the folds.");
  const auto options = std::make_shared<ImageSizeOptions>();
  options->add_to(*command);
  add_sizes_option(*command, options->sizes);
  return [options] { return run(*options); };
}

} // namespace scalescope
