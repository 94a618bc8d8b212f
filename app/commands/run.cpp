#include "app/commands/commands.h"
#include "core/base/error.h"

#include <fmt/format.h>

#include <memory>

namespace scalescope {
namespace {

struct RunOfFile {
  std::string file;
  std::string out;
  bool json_progress = false;
  bool quiet = false;
};

// The output folder or file of a job; nullptr for a job that only prints its results.
std::string* out_of(FineTuneJob& job) { return &job.transfer.out; }
std::string* out_of(BenchJob&) { return nullptr; }
std::string* out_of(auto& job) { return &job.out; }

} // namespace

Command add_run_command(CLI::App& program) {
  auto* command = program.add_subcommand(
      "run", "Run a job from a file\n"
             "A job is one use case with all its settings, as JSON. Dialogs of the window save jobs, and a session "
             "contains the job of its analysis. A job can be kept, sent and run on another machine. It writes the same "
             "files as the window or the command, byte for byte.");
  command->footer("EXAMPLE\n    scalescope-cli run job.json");
  const auto options = std::make_shared<RunOfFile>();
  command->add_option("FILE", options->file, "A job (.json), or a session with an analysis")->type_name("")->required();
  command->add_option("--out", options->out, "Folder (or file) for the results [that of the job]")->type_name("DIR");
  auto* json = command->add_flag("--json-progress", options->json_progress,
                                 "Print progress and notes as JSON for other programs, one object per line");
  command->add_flag("--quiet", options->quiet, "Print errors only")->excludes(json);
  return [options] {
    const Output output = options->json_progress ? Output::JsonLines : options->quiet ? Output::Quiet : Output::Person;
    Job chosen = read_job(options->file);
    return std::visit(
        [&](auto& job) {
          if (std::string* const out = out_of(job)) {
            if (!options->out.empty())
              *out = options->out;
            if (out->empty())
              throw Error(
                  fmt::format("{} names no folder for its results ('out'); give one with --out.", options->file));
          }
          return run_and_tell(job, output);
        },
        chosen);
  };
}

} // namespace scalescope
