#include "app/commands/commands.h"
#include "app/interrupt.h"
#include "app/terminal_curve.h"
#include "core/report/analysis_report.h"
#include "core/report/transfer_report.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

namespace scalescope {
namespace {

void print_curve(const Analysis& curve, const std::string& target) {
  fmt::print("\nHow well object scale is read from each layer (# the trained network, | random weights)\n\n{}\n{}\n",
             terminal_curve(curve), headline_of(curve, target));
}

void print_pruned(const PruneResult& result) {
  const auto million = [](std::int64_t number) { return static_cast<double>(number) / 1e6; };
  fmt::print("\nPruned after {}: {:.2f} instead of {:.2f} million parameters, {:.1f} instead of {:.1f} ms per image.\n",
             result.layer, million(result.after.parameters), million(result.before.parameters),
             result.after.milliseconds, result.before.milliseconds);
}

void print_cells(const Transfer& cells) {
  fmt::print("\nSynthetic cells at four magnifications: {}\n", headline_of(cells));
}

} // namespace

int run_and_tell(const DemoJob& job, Output output) {
  {
    TerminalWatch terminal(output);
    DemoParts parts;
    if (output == Output::Person) // between parts the progress is on the screen
      parts = {.curve = [&](const Analysis& curve,
                            const std::string& target) { terminal.end_line(), print_curve(curve, target); },
               .pruned = [&](const PruneResult& result) { terminal.end_line(), print_pruned(result); },
               .cells = [&](const Transfer& cells) { terminal.end_line(), print_cells(cells); }};
    run(job, parts, terminal.watch(), interrupt_token());
  }
  const std::filesystem::path out = job.out;
  if (output == Output::Person)
    fmt::print("\nReport:              {}\nReport of transfer:  {}\nPruned network:      {}\n",
               (out / "curve/report.html").string(), (out / "transfer/report.html").string(),
               (out / "pruned.pt").string());
  return 0;
}

Command add_demo_command(CLI::App& program) {
  auto* command = program.add_subcommand(
      "demo", "Run the main job from start to end on synthetic scenes\n"
              "Makes scenes with one object each, and measures how well its scale is read from each layer of a network "
              "trained on ImageNet, with both controls. Prunes the network after the best layer, and tries that layer "
              "on synthetic cells at four magnifications. It takes one to two minutes on two cores.");
  command->footer("EXAMPLE\n    scalescope-cli demo --out demo-result");
  const auto job = std::make_shared<DemoJob>();
  command->add_option("--out", job->out, "Folder for the results")->type_name("DIR")->capture_default_str();
  command->add_option("--model", job->model, "Network, as in 'analyze'")->type_name("FILE")->capture_default_str();
  command->add_option("--scenes", job->scenes, "Number of scenes")
      ->type_name("N")
      ->check(CLI::Range(50, 100000))
      ->capture_default_str();
  command->add_option("--seed", job->seed, "Seed of the scenes and of everything else that is random")
      ->type_name("N")
      ->capture_default_str();
  return [job] { return run_and_tell(*job, Output::Person); };
}

} // namespace scalescope
