#include "app/commands/commands.h"
#include "app/interrupt.h"
#include "app/options/enum_option.h"
#include "app/options/network_options.h"
#include "app/options/preprocessing_options.h"
#include "core/base/text.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

namespace scalescope {

int run_and_tell(const ReportCardJob& job, Output output) {
  const ReportCard card = [&] {
    TerminalWatch terminal(output);
    return run(job, terminal.watch(), interrupt_token());
  }();
  if (output != Output::Person)
    return 0;
  fmt::print("{}\n\n", for_terminal(card.headline));
  std::string group;
  for (const CardEntry& entry : card.entries) {
    const std::string interval = entry.interval.exists()
                                     ? fmt::format("[{:.3f}, {:.3f}]", entry.interval.low, entry.interval.high)
                                     : std::string();
    fmt::print("  {:<14}  {:<52}  {:<16}  {:>7.3f}  {}\n", entry.group == group ? "" : entry.group, entry.name,
               for_terminal(entry.layer), entry.value, interval);
    group = entry.group;
  }
  fmt::print("\nWritten: report-card.html, report-card.json, report-card.csv, and a folder for each part in {}\n",
             job.out);
  return 0;
}

Command add_report_card_command(CLI::App& program) {
  auto* command = program.add_subcommand(
      "report-card",
      "Say in one page what a network does with scale\n"
      "Runs the experiments object-scale, invariance, equivariance and noise, and a transfer to images of cells. "
      "Writes "
      "one page and one table with their main numbers, to be compared between networks and cited. Without --data, the "
      "images are synthetic scenes that are drawn for it, the same for every network. It takes a few minutes.");
  command->footer("EXAMPLE\n    scalescope-cli report-card --model efficientnet_lite0 --out card");
  const auto job = std::make_shared<ReportCardJob>();
  const auto quiet = std::make_shared<bool>(false);
  add_network_options(*command, job->network);
  add_preprocessing_options(*command, job->preprocessing);
  command->add_option("--data", job->data, "Annotated images, as in 'analyze' [synthetic scenes]")->type_name("PATH");
  command->add_option("--objects", job->read.objects, "Images with several objects: skip, largest or each")
      ->transform(named<ObjectRule>())
      ->type_name("RULE")
      ->default_str("skip");
  command
      ->add_option(
          "--cells", job->cells,
          "Folder with images of nuclei at magnification 40 and their masks, as in 'transfer' [synthetic cells]")
      ->type_name("DIR");
  command->add_flag("--split-masks", job->split_masks,
                    "Take each connected part of a mask of --cells as a nucleus, as in 'transfer'");
  command->add_option("--out", job->out, "Folder for the results")->type_name("DIR")->required();
  command->add_option("--scenes", job->scenes, "Number of synthetic scenes")
      ->type_name("N")
      ->check(CLI::Range(50, 100000))
      ->capture_default_str();
  command->add_option("--seed", job->seed, "Seed of the scenes and of everything else that is random")
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--quiet", *quiet, "Print errors only");
  return [job, quiet] {
    check_usage(job->network);
    return run_and_tell(*job, *quiet ? Output::Quiet : Output::Person);
  };
}

} // namespace scalescope
