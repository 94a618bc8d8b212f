#include "app/commands.h"
#include "app/interrupt.h"
#include "app/model_options.h"
#include "app/preprocess_options.h"
#include "app/progress_line.h"
#include "core/base/error.h"
#include "core/base/statistics.h"
#include "core/experiment/transfer.h"
#include "datasets/label_masks.h"

#include <fmt/format.h>
#include <cstdio>
#include <memory>
namespace scalescope {
namespace {
struct TransferOptions {
  ModelOptions model;
  PreprocessOptions preprocess;
  std::string data;
  std::string out;
  TransferSettings settings;
  bool quiet = false;
};

int run(TransferOptions& options) {
  const LabelledSet set = read_label_masks(options.data);
  const Network network = options.model.open(options.quiet);
  auto& settings = options.settings;
  settings.preprocessing = options.preprocess.chosen(network).first;
  settings.patches.side = network.input_size();
  const Transfer result = [&] {
    ProgressLine line(options.quiet);
    return transfer(network, set.images, settings, interrupt_token(),
                    [&](const JobProgress& progress) { line.show(progress); });
  }();
  for (const TransferLayer& l : result.layers)
    fmt::print("{:30} area R2 {:7.3f} mae {:7.2f}+-{:4.2f} kappa {:.3f}   mag R2 {:7.3f} mae {:.3f} kappa {:.3f}+-{:.3f}\n", l.name,
      mean_of(l.area.r2), mean_of(l.area.error), deviation_of(l.area.error), mean_of(l.area.kappa),
      mean_of(l.magnification.r2), mean_of(l.magnification.error), mean_of(l.magnification.kappa), deviation_of(l.magnification.kappa));
  fmt::print("rows {} left out {} full {} auto {} guess {} {}\n", result.patches.patches.size(), result.patches.left_out.size(), result.full_layer, result.auto_layer, result.guess_area_error, result.guess_magnification_error);
  fmt::print("{} {}\n", result.seconds, result.fit_seconds);
  return 0;
}
} // namespace

Command add_transfer_command(CLI::App& program) {
  auto* command = program.add_subcommand("transfer", "x");
  const auto options = std::make_shared<TransferOptions>();
  options->model.add_to(*command);
  command->add_option("--data", options->data, "")->required();
  command->add_option("--out", options->out, "");
  command->add_option("--layers", options->settings.layers, "")->delimiter(',');
  command->add_option("--magnifications", options->settings.patches.magnifications, "")->delimiter(',');
  command->add_option("--native", options->settings.patches.native, "");
  command->add_option("--patches", options->settings.patches.patches, "");
  command->add_option("--least-nuclei", options->settings.patches.least_nuclei, "");
  options->preprocess.add_to(*command);
  command->add_option("--seed", options->settings.seed, "");
  return [options] {
    options->settings.patches.seed = options->settings.seed;
    return run(*options);
  };
}

} // namespace scalescope
