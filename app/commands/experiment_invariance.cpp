#include "app/commands/experiments.h"
#include "app/interrupt.h"
#include "app/progress_line.h"
#include "core/base/error.h"
#include "core/experiment/invariance.h"
#include "core/report/invariance_report.h"

#include <fmt/format.h>

#include <memory>

namespace scalescope {
namespace {

struct InvarianceOptions : ExperimentOptions {
  RenderSettings rendering;
  std::vector<int> sizes = default_sizes();
};

void print_steps(const std::vector<InvarianceStep>& steps, const char* what, double unit) {
  fmt::print("  {:<16}  {:>8}  {:>10}  {:>11}  {:>14}\n", what, "images", "same class", "probability", "cosine at end");
  for (const InvarianceStep& step : steps)
    fmt::print("  {:<16.4g}  {:>8}  {:>10.3f}  {:>11.3f}  {:>14.3f}\n", unit * step.value, step.images, step.agreement,
               step.probability, step.cosine.back());
}

int run(InvarianceOptions& options) {
  const SampleSet samples = options.samples();
  const Network network = options.open();
  FileSet files = options.files(invariance_files(), samples);
  options.rendering.seed = options.settings.seed;
  options.print_plan(network, count_of(samples));
  const auto& how = options.settings.extraction;
  const Invariance found = [&] {
    try {
      ProgressLine line(options.quiet);
      return invariance(network, samples.samples, how, options.rendering, options.sizes, interrupt_token(),
                        [&](const JobProgress& progress) { line.show(progress); });
    } catch (const Cancelled&) {
      options.tell_unfinished();
      throw;
    }
  }();
  write_invariance(files, found, network,
                   {options.model.source, options.data, samples, how, options.rendering, options.preprocessing_reason,
                    SCALESCOPE_VERSION});
  files.commit();
  options.forget_unfinished();
  options.print_remarks(found.remarks);
  if (options.quiet)
    return 0;
  print_steps(found.object_scale, "object scale, %", 100);
  print_steps(found.image_size, "image size, px", 1);
  fmt::print("{} left out.\nWritten: report.html, answers.csv, cosine.csv, invariance.json and figures in {}\n",
             found.left_out.size() + samples.left_out.size(), options.out);
  return 0;
}

} // namespace

Command add_invariance_experiment(CLI::App& experiment) {
  auto* command = experiment.add_subcommand(
      "invariance", "How the network's answers change with object scale and with image size\n"
                    "The reference is each image as it is. Reported are the images whose likeliest class stays, "
                    "the probability of that class, and for each layer the cosine between its features and those of "
                    "the reference.");
  const auto options = std::make_shared<InvarianceOptions>();
  options->add_to(*command, true, false);
  add_render_options(*command, options->rendering);
  add_sizes_option(*command, options->sizes);
  return [options] { return run(*options); };
}

} // namespace scalescope
