#pragma once

#include "app/terminal_watch.h"
#include "core/jobs/job_file.h"

#include <CLI/CLI.hpp>

#include <array>
#include <functional>

namespace scalescope {

/// Runs a command of scalescope-cli and returns the exit code. Each add_NAME_command() adds one command to the program
/// and returns such a function.
using Command = std::function<int()>;

Command add_layers_command(CLI::App& program);
Command add_datasets_command(CLI::App& program);
Command add_analyze_command(CLI::App& program);
Command add_transfer_command(CLI::App& program);
Command add_experiment_command(CLI::App& program);
Command add_report_card_command(CLI::App& program);
Command add_compare_command(CLI::App& program);
Command add_bench_command(CLI::App& program);
Command add_scenes_command(CLI::App& program);
Command add_cache_command(CLI::App& program);
Command add_devices_command(CLI::App& program);
Command add_prune_command(CLI::App& program);
Command add_demo_command(CLI::App& program);
Command add_run_command(CLI::App& program);

/// All commands, in the order in which the help lists them.
inline constexpr std::array all_commands{
    add_layers_command,      add_datasets_command, add_analyze_command, add_transfer_command, add_experiment_command,
    add_report_card_command, add_compare_command,  add_bench_command,   add_scenes_command,   add_cache_command,
    add_devices_command,     add_prune_command,    add_demo_command,    add_run_command};

// Run a job and print its results for a person. @return the exit code.
int run_and_tell(const AnalyzeJob& job, Output output);
int run_and_tell(const ExperimentJob& job, Output output);
int run_and_tell(const TransferJob& job, Output output);
int run_and_tell(const FineTuneJob& job, Output output);
int run_and_tell(const PruneJob& job, Output output, bool json = false);
int run_and_tell(const CompareJob& job, Output output);
int run_and_tell(const DemoJob& job, Output output);
int run_and_tell(const ReportCardJob& job, Output output);
int run_and_tell(const BenchJob& job, Output output, bool json = false);

/// Prints the summary of a curve. @param left_out by the reader. @param written names of the files in `out`.
void print_summary(const Analysis& analysis, const std::vector<LeftOut>& left_out, const std::string& written,
                   const std::string& out);

} // namespace scalescope
