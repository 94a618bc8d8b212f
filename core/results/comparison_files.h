#pragma once

#include "core/base/file_set.h"
#include "core/probe/bootstrap.h"

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace scalescope {

/// A layer of a compared curve.
struct ComparedLayer {
  std::string name;
  int depth = 0;    ///< Layer::depth: the number of layers with weights on the longest path to it
  double place = 0; ///< depth, from 0 (the first layer of the curve) to 1 (its last)
  double mean = 0;  ///< R2; -infinity if there is none
  double standard_deviation = 0;
  Interval interval = {}; ///< over images, where the analysis has one
};

/// The curve of one analysis.
struct ComparedCurve {
  std::string name;    ///< distinguishes it from the others: the network, the data, or both
  std::string network; ///< its name; with "(random weights)" where they were drawn
  std::string data;    ///< name of the data
  std::string target;
  std::string experiment; ///< "" for `analyze`
  std::filesystem::path file;
  std::vector<ComparedLayer> layers; ///< from input to output
  [[nodiscard]] const ComparedLayer& peak() const;
};

/// Reads the analysis.json of each folder (or the file itself) and gives the curves different names.
/// @throws Error naming the file: missing, no analysis, fewer than two, another target than the first.
[[nodiscard]] std::vector<ComparedCurve> read_curves(std::span<const std::filesystem::path> folders);

/// compare.csv: curve,network,data,target,layer,depth,place,r2_mean,r2_sd,r2_low,r2_high; one row per layer.
[[nodiscard]] std::string comparison_csv(std::span<const ComparedCurve> curves);

/// The files that a comparison reads; including their report.html; these must not be overwritten.
[[nodiscard]] std::vector<std::filesystem::path> inputs_of(std::span<const ComparedCurve> curves);
/// The files that write_comparison_record writes.
[[nodiscard]] std::vector<std::string> comparison_record_files();

/// Writes compare.json and compare.csv into the set. The caller commits. @param version of ScaleScope.
void write_comparison_record(FileSet& files, std::span<const ComparedCurve> curves, const std::string& version);

} // namespace scalescope
