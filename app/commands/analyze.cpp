#include "app/commands/commands.h"
#include "app/interrupt.h"
#include "app/options/analyze_options.h"
#include "core/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace scalescope {
namespace {

// Features of an earlier run that this one would not replace would stand beside its curve as if they were its own.
void refuse_stale_features(const std::filesystem::path& folder, const std::vector<std::string>& layers) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "features", ignored)) {
    const bool is_old = entry.path().extension() == ".npy" &&
                        std::find(layers.begin(), layers.end(), entry.path().stem().string()) == layers.end();
    if (is_old)
      throw Error(
          fmt::format("{} is of an earlier run and would stand beside this one's results; remove the folder {}, or "
                      "choose another --out.",
                      entry.path().string(), (folder / "features").string()));
  }
}

int analyze(AnalyzeOptions& options, bool features) {
  const SampleSet samples = options.samples();
  const Network network = options.open();
  const auto& extraction = options.settings.extraction;
  const auto written_features = features ? extraction.layers : std::vector<std::string>();
  // Before the work: nobody wants to hear after ten minutes that nothing can be written.
  FileSet files(options.out, analysis_files(false, written_features), inputs_of(options.context(samples)));
  refuse_stale_features(options.out, written_features);
  options.print_plan(network,
                     fmt::format("{} images to read, {} left out", samples.samples.size(), samples.left_out.size()));
  const Analysis analysis = options.analyse(network, [&](const Network& one, const JobCallback& progress) {
    return extract_samples(one, samples.samples, extraction, interrupt_token(), progress);
  });
  write_analysis(files, analysis, network, options.context(samples), features);
  files.commit();
  options.print_summary(analysis, samples.left_out.size() + analysis.extraction.left_out.size(),
                        fmt::format("curve.csv, curve.png, curve.svg, analysis.json{}", features ? ", features" : ""));
  return 0;
}

} // namespace

Command add_analyze_command(CLI::App& program) {
  auto* command = program.add_subcommand(
      "analyze",
      "Measure layer by layer how well the object's scale can be read\n"
      "Runs a network once over annotated images and says for every layer how well a linear regression reads the "
      "object's "
      "scale (area of its box over area of the image), or any other number, from the layer's pooled features: R2 on "
      "held-out rows, its mean and standard deviation over repetitions.\n\n"
      "DATA is a PASCAL VOC folder, a COCO JSON file, or a CSV file with the columns file and target (and where wanted "
      "x, "
      "y, w, h, group).\n\n"
      "Written into DIR: curve.csv, curve.png and curve.svg (the curve), analysis.json (everything needed to run it "
      "again), "
      "and with --features the pooled features as NumPy files. Files appear whole or not at all; Ctrl-C stops within "
      "one "
      "batch and leaves none.");
  command->footer("EXIT STATUS\n    0 done, 1 bad input, 2 wrong usage, 130 stopped.\n\n"
                  "EXAMPLE\n"
                  "    scalescope-cli analyze --model efficientnet_lite0 --data photos \\\n"
                  "        --out result --controls random-weights,random-scale");
  const auto options = std::make_shared<AnalyzeOptions>();
  options->add_to(*command);
  const auto features = std::make_shared<bool>(false);
  command->add_flag("--features", *features, "Write the pooled features too: features/LAYER.npy and rows.csv");
  return [options, features] { return analyze(*options, *features); };
}

} // namespace scalescope
