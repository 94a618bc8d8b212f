#pragma once

#include "core/jobs/analyze_job.h"
#include "core/jobs/bench_job.h"
#include "core/jobs/compare_job.h"
#include "core/jobs/demo_job.h"
#include "core/jobs/experiment_job.h"
#include "core/jobs/prune_job.h"
#include "core/jobs/report_card_job.h"
#include "core/jobs/transfer_job.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>

namespace scalescope {

/// Any job.
using Job = std::variant<AnalyzeJob, ExperimentJob, TransferJob, FineTuneJob, PruneJob, CompareJob, DemoJob, BenchJob,
                         ReportCardJob>;

/// A job as JSON: {"format": "scalescope job 1", "job": "analyze", ...}. Described in resources/manual/job-format.md.
[[nodiscard]] std::string to_json(const Job& job);
/// Reads a job that to_json or a person wrote; missing entries get their defaults. @param where for messages.
/// @throws Error naming the entry that is wrong.
[[nodiscard]] Job job_from_json(std::string_view text, const std::string& where);
/// Reads the job of a file: its own, or that of a session (its latest analysis). @throws Error naming the file.
[[nodiscard]] Job read_job(const std::filesystem::path& file);

} // namespace scalescope
