#include "app/commands/commands.h"
#include "app/interrupt.h"
#include "app/options/curve_options.h"
#include "app/options/network_options.h"
#include "core/base/text.h"
#include "core/experiment/permutations.h"
#include "datasets/formats.h"

#include <fmt/format.h>

#include <memory>
#include <set>

namespace scalescope {

void print_summary(const Analysis& analysis, const std::vector<LeftOut>& left_out, const std::string& written,
                   const std::string& out) {
  const auto peak = analysis.peak();
  const auto& extraction = analysis.extraction;
  std::set<std::string> images;
  for (const Row& row : extraction.rows)
    images.insert(row.file);
  const bool is_all = left_out.empty() && extraction.left_out.empty();
  fmt::print("{} rows{}, {}{}.\n", extraction.rows.size(),
             images.size() == extraction.rows.size() || images.size() < 2 ? ""
                                                                          : fmt::format(" of {} images", images.size()),
             left_out_text(left_out, extraction.left_out), is_all ? "" : " (listed with reasons in analysis.json)");
  if (const std::size_t count = extraction.remarks.size(); count > 0)
    fmt::print("{} not used exactly as written (listed in analysis.json).\n",
               count == 1 ? "1 image or box was" : fmt::format("{} images or boxes were", count));
  fmt::print("Peak: R2 {:.3f} +- {:.3f} at {}.\n", analysis.scores[peak].mean(),
             analysis.scores[peak].standard_deviation(), for_terminal(analysis.layers[peak].name));
  if (analysis.peak_test)
    fmt::print("Permutation test of the peak: {}.\n",
               p_text(analysis.peak_test->p(), analysis.peak_test->permuted.size()));
  if (extraction.from_cache > 0)
    fmt::print("{} of {} images from the cache.\n", extraction.from_cache,
               extraction.from_cache + extraction.from_network);
  fmt::print("Images {:.1f} s (decoding {:.1f} s of processor time, network {:.1f} s), fitting {:.1f} s.\n",
             extraction.seconds, extraction.decode_seconds, extraction.run_seconds, analysis.fit_seconds);
  fmt::print("Written: {} in {}\n", written, out);
}

int run_and_tell(const AnalyzeJob& job, Output output) {
  const AnalyzeResult result = [&] {
    TerminalWatch terminal(output);
    return run(job, terminal.watch(), interrupt_token());
  }();
  if (output == Output::Person)
    print_summary(result.analysis, result.samples.left_out,
                  fmt::format("curve.csv, curve.png, curve.svg, analysis.json{}", job.features ? ", features" : ""),
                  job.out);
  return 0;
}

Command add_analyze_command(CLI::App& program) {
  auto* command = program.add_subcommand(
      "analyze",
      "Measure layer by layer how well the object's scale can be read\n"
      "Runs a network once on annotated images. For each layer, a linear regression reads the object's scale (area of "
      "its box divided by the area of the image), or another number, from the layer's pooled features. The result is "
      "R2 on held-out rows: mean and standard deviation over repetitions.\n\n"
      "DATA is " +
          format_help() +
          "\n\n"
          "Files in DIR: curve.csv, curve.png and curve.svg (the curve), analysis.json (everything needed to run it "
          "again), and with --features the pooled features as NumPy files. Files appear complete or not at all; Ctrl-C "
          "stops within one batch and leaves none.");
  command->footer("EXIT STATUS\n    0 done, 1 bad input, 2 wrong usage, 130 stopped.\n\n"
                  "EXAMPLE\n"
                  "    scalescope-cli analyze --model efficientnet_lite0 --data photos \\\n"
                  "        --out result --controls random-weights,random-scale");
  const auto job = std::make_shared<AnalyzeJob>();
  add_curve_options(*command, *job);
  const auto quiet = std::make_shared<bool>(false);
  command->add_flag("--quiet", *quiet, "Print errors only");
  command->add_flag("--features", job->features, "Also write the pooled features: features/LAYER.npy and rows.csv");
  return [job, quiet] {
    check_usage(job->network);
    return run_and_tell(*job, *quiet ? Output::Quiet : Output::Person);
  };
}

} // namespace scalescope
