#include "core/jobs/compare_job.h"

#include "core/base/file_set.h"
#include "core/base/version.h"
#include "core/report/comparison_report.h"

namespace scalescope {

std::vector<ComparedCurve> run(const CompareJob& job, const std::vector<std::filesystem::path>& open_files) {
  const std::vector<std::filesystem::path> folders(job.analyses.begin(), job.analyses.end());
  std::vector<ComparedCurve> curves = read_curves(folders);
  auto keep = inputs_of(curves);
  keep.insert(keep.end(), open_files.begin(), open_files.end());
  FileSet files(job.out, comparison_files(), keep);
  write_comparison(files, curves, scalescope_version());
  files.commit();
  return curves;
}

} // namespace scalescope
