#include "app/commands/experiments.h"
#include "app/interrupt.h"
#include "app/messages.h"
#include "app/progress_line.h"
#include "core/base/error.h"
#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/experiment/direction.h"
#include "core/experiment/permutations.h"
#include "core/report/direction_report.h"

#include <fmt/format.h>

#include <memory>

namespace scalescope {
namespace {

struct DirectionOptions : ExperimentOptions {
  DirectionSettings direction;
};

int run(DirectionOptions& options) {
  const SampleSet samples = options.samples();
  const Network network = options.open();
  FileSet files = options.files(direction_files(), samples);
  options.direction.extraction = options.settings.extraction;
  options.direction.seed = static_cast<std::uint32_t>(options.settings.seed);
  options.direction.device = options.model.run.device;
  options.print_plan(network, count_of(samples));
  const Directions found = [&] {
    try {
      ProgressLine line(options.quiet);
      return directions(network, options.model.source, samples.samples, options.direction, interrupt_token(),
                        [&](const JobProgress& progress) { line.show(progress); });
    } catch (const Cancelled&) {
      options.tell_unfinished();
      throw;
    }
  }();
  write_directions(files, found, network,
                   {options.model.source, options.data, samples, options.direction, options.preprocessing_reason,
                    SCALESCOPE_VERSION});
  files.commit();
  options.forget_unfinished();
  options.print_remarks(found.remarks);
  if (options.quiet)
    return 0;
  for (const auto& note : found.notes)
    print_note(note);
  fmt::print("  {:<16}  {:>7}  {:>16}  {:>9}  {:>11}  {:>8}  {:>7}  {:>7}\n", "layer", "R2", "cosine of halves",
             "permuted", "small-large", "positive", "Br", "p");
  for (const LayerDirection& l : found.layers)
    fmt::print("  {:<16}  {:>7.3f}  {:>7.3f} +- {:.3f}  {:>9.3f}  {:>11.3f}  {:>8.3f}  {:>7.3f}  {:>7}\n",
               for_terminal(l.layer), l.score.mean(), mean_of(l.halves), standard_deviation_of(l.halves),
               mean_of(l.halves_by_chance), l.small_to_large, l.positive(), l.relevance(),
               p_number(l.p(), l.means_by_chance.size()));
  fmt::print("{} left out.\nWritten: report.html, direction.csv, sensitivity.csv, vectors.csv, direction.json and "
             "figures in {}\n",
             found.left_out.size() + samples.left_out.size(), options.out);
  return 0;
}

} // namespace

Command add_direction_experiment(CLI::App& experiment) {
  auto* command = experiment.add_subcommand(
      "direction", "The regression vector of each layer: is it stable, and does the decision follow it?\n"
                   "Reported are the cosine between the vectors of halves of the images, and of small and large "
                   "targets, and the derivative of a class's output along the vector (LibTorch computes it).");
  const auto options = std::make_shared<DirectionOptions>();
  options->add_to(*command, true, false);
  command->add_option("--repetitions", options->direction.repetitions, "Times the images are halved")
      ->type_name("N")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command
      ->add_option("--permutations", options->direction.permutations,
                   "Vectors of permuted targets that the derivative is compared with; 0: none")
      ->type_name("N")
      ->check(CLI::Range(0, 100000))
      ->capture_default_str();
  command
      ->add_option("--class", options->direction.wanted_class,
                   "Class to differentiate, from 0 [each image's likeliest]")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  return [options] { return run(*options); };
}

} // namespace scalescope
