#include "app/commands/commands.h"
#include "core/base/text.h"

#include <fmt/format.h>

#include <memory>

namespace scalescope {

int run_and_tell(const CompareJob& job, Output output) {
  const std::vector<ComparedCurve> curves = run(job);
  if (output != Output::Person)
    return 0;
  fmt::print("R2 of {}\n\n  {:<44}  {:<24}  {:>6}  {:>14}\n", for_terminal(curves.front().target), "curve", "peak at",
             "depth", "R2");
  for (const ComparedCurve& curve : curves) {
    const ComparedLayer& peak = curve.peak();
    fmt::print("  {:<44}  {:<24}  {:>6.2f}  {:>5.3f} +- {:.3f}\n", for_terminal(curve.name), for_terminal(peak.name),
               peak.place, peak.mean, peak.standard_deviation);
  }
  fmt::print("\nWritten to {}: report.html, compare.csv, compare.png, compare.svg, compare.json\n", job.out);
  return 0;
}

Command add_compare_command(CLI::App& program) {
  auto* command = program.add_subcommand(
      "compare", "Draw the curves of several analyses in one figure\n"
                 "Draws curves that 'analyze' or 'experiment' wrote, such as those of two networks, of two data sets, "
                 "or of trained and random weights. The axis is relative depth: 0 at the first layer of a curve, 1 at "
                 "its last. All analyses must have the same target.");
  command->footer("EXAMPLE\n    scalescope-cli compare lite0 inception --out compared");
  const auto job = std::make_shared<CompareJob>();
  command->add_option("DIR", job->analyses, "Folders with an analysis.json, or analysis.json files")
      ->type_name("")
      ->required()
      ->expected(2, 100);
  command->add_option("--out", job->out, "Folder for the results")->type_name("DIR")->required();
  return [job] { return run_and_tell(*job, Output::Person); };
}

} // namespace scalescope
