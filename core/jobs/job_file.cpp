#include "core/jobs/job_file.h"

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/jobs/detail/job_fields.h"

#include <algorithm>
#include <array>

namespace scalescope {
namespace {

using nlohmann::json;

constexpr const char* format = "scalescope job 1";

// In the order of Job.
constexpr std::array names{"analyze", "experiment", "transfer", "fine-tune",  "prune",
                           "compare", "demo",       "bench",    "report-card"};

template <typename One>
Job read(const json& record, const std::string& where) {
  One job;
  if constexpr (std::same_as<One, ExperimentJob>) // its defaults hang on its kind
    if (record.contains("kind")) {
      FieldReader kind(record, where);
      kind("kind", job.kind);
      job = ExperimentJob(job.kind);
    }
  FieldReader reader(record, where);
  std::string ignored;
  reader("format", ignored);
  reader("job", ignored);
  fields(reader, job);
  reader.refuse_unknown();
  if constexpr (std::derived_from<One, CurveJob>)
    for (const std::string& control : job.controls)
      if (control != "random-weights" && control != "random-scale" && control != "none")
        throw Error(fmt::format("{}: 'controls' holds '{}', which is neither random-weights nor random-scale; correct "
                                "it.",
                                where, control));
  return job;
}

Job job_of(const json& record, const std::string& where) {
  if (!record.is_object() || record.value("format", json()) != format)
    throw Error(fmt::format(
        "{} is not a job of ScaleScope (\"format\": \"{}\"), or is incomplete; save one from a dialog of the window.",
        where, format));
  const json name = record.value("job", json());
  using Read = Job (*)(const json&, const std::string&);
  constexpr std::array<Read, names.size()> readers{read<AnalyzeJob>,  read<ExperimentJob>, read<TransferJob>,
                                                   read<FineTuneJob>, read<PruneJob>,      read<CompareJob>,
                                                   read<DemoJob>,     read<BenchJob>,      read<ReportCardJob>};
  for (std::size_t i = 0; i < names.size(); ++i)
    if (name == names[i])
      return readers[i](record, where);
  throw Error(fmt::format("{}: 'job' is not one of {}; correct it.", where, fmt::join(names, ", ")));
}

} // namespace

std::string to_json(const Job& job) {
  FieldWriter writer;
  writer("format", std::string(format));
  writer("job", std::string(names[job.index()]));
  std::visit([&](const auto& one) { fields(writer, const_cast<std::decay_t<decltype(one)>&>(one)); }, job);
  return writer.object.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

Job job_from_json(std::string_view text, const std::string& where) {
  return job_of(json::parse(text, nullptr, false), where);
}

Job read_job(const std::filesystem::path& file) {
  const json record = json::parse(read_file(file), nullptr, false);
  const bool is_session = record.is_object() && record.contains("stage");
  if (!is_session)
    return job_of(record, file.string());
  if (!record.contains("analysis_job"))
    throw Error(fmt::format("{} is a session without an analysis, so it contains no job to run; analyse in the window, "
                            "and save the session again.",
                            file.string()));
  return job_of(record["analysis_job"], file.string());
}

} // namespace scalescope
