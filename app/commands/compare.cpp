#include "app/commands/commands.h"
#include "core/base/text.h"
#include "core/report/comparison.h"

#include <fmt/format.h>

#include <memory>

namespace scalescope {
namespace {

struct CompareOptions {
  std::vector<std::filesystem::path> folders;
  std::string out;
};

int run(const CompareOptions& options) {
  const std::vector<ComparedCurve> curves = read_curves(options.folders);
  FileSet files(options.out, comparison_files(), inputs_of(curves));
  write_comparison(files, curves, SCALESCOPE_VERSION);
  files.commit();
  fmt::print("R2 of {}\n\n  {:<44}  {:<24}  {:>6}  {:>14}\n", for_terminal(curves.front().target), "curve", "peak at",
             "depth", "R2");
  for (const ComparedCurve& curve : curves) {
    const ComparedLayer& peak = curve.peak();
    fmt::print("  {:<44}  {:<24}  {:>6.2f}  {:>5.3f} +- {:.3f}\n", for_terminal(curve.name), for_terminal(peak.name),
               peak.place, peak.mean, peak.standard_deviation);
  }
  fmt::print("\nWritten to {}: report.html, compare.csv, compare.png, compare.svg, compare.json\n", options.out);
  return 0;
}

} // namespace

Command add_compare_command(CLI::App& program) {
  auto* command = program.add_subcommand(
      "compare", "Draw the curves of several analyses over one another\n"
                 "Two networks, two data sets, trained and random weights: what 'analyze' and 'experiment' wrote is "
                 "drawn in one figure over relative depth, 0 at the first layer of a curve and 1 at its last. All must "
                 "have the same target.");
  command->footer("EXAMPLE\n    scalescope-cli compare lite0 inception --out compared");
  const auto options = std::make_shared<CompareOptions>();
  command->add_option("DIR", options->folders, "Folders with an analysis.json, or these files")
      ->required()
      ->expected(2, 100);
  command->add_option("--out", options->out, "Folder for the results")->type_name("DIR")->required();
  return [options] { return run(*options); };
}

} // namespace scalescope
