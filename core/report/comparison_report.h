#pragma once

#include "core/base/file_set.h"
#include "core/results/comparison_files.h"

#include <span>
#include <string>
#include <vector>

namespace scalescope {

/// All curves over the layers' places, as an SVG document. R2 below -1 is clipped at the axis.
[[nodiscard]] std::string comparison_svg(std::span<const ComparedCurve> curves);

/// The files that write_comparison writes.
[[nodiscard]] std::vector<std::string> comparison_files();

/// Writes the record (see write_comparison_record), report.html, compare.svg and compare.png into the set. The caller
/// commits. @param version of ScaleScope.
void write_comparison(FileSet& files, std::span<const ComparedCurve> curves, const std::string& version);

} // namespace scalescope
