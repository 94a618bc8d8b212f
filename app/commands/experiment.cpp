#include "app/commands/experiments.h"

#include <map>

namespace scalescope {

Command add_experiment_command(CLI::App& program) {
  auto* command = program.add_subcommand(
      "experiment",
      "The experiments on image size and object scale, each with its controls and a report\n"
      "Each writes into DIR: report.html (one self-contained page), and, where it ends in a curve, curve.csv, "
      "curve.svg, curve.png and analysis.json. It takes the options of 'analyze'; the controls and a permutation test "
      "of the "
      "peak are on unless --controls none and --permutations 0 say otherwise.");
  command->require_subcommand(1);
  command->footer("EXAMPLE\n    scalescope-cli experiment object-scale --rendered --model efficientnet_lite0 \\\n"
                  "        --data photos --out result");
  std::map<std::string, Command> experiments{{"object-scale", add_object_scale_experiment(*command)},
                                             {"image-size", add_image_size_experiment(*command)},
                                             {"noise", add_noise_experiment(*command)},
                                             {"invariance", add_invariance_experiment(*command)},
                                             {"direction", add_direction_experiment(*command)}};
  return [command, experiments = std::move(experiments)] {
    return experiments.at(command->get_subcommands().front()->get_name())();
  };
}

} // namespace scalescope
