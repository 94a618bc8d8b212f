#pragma once

#include "core/base/file_set.h"
#include "core/report/curve_figure.h"
#include "core/results/analysis_files.h"

#include <span>
#include <string>
#include <vector>

namespace scalescope {

/// The curve as a figure. @param network its name.
[[nodiscard]] CurveFigure curve_figure(const Analysis& analysis, const std::string& network, const SampleSet& samples);

/// The result in a few sentences: the best layer, its R2 and interval over images, what is clear of its difference from
/// the layers after it and what is not, and the controls.
[[nodiscard]] std::string headline_of(const Analysis& analysis, const std::string& target);

/// The files that write_analysis writes. @param layers whose features are written.
[[nodiscard]] std::vector<std::string> analysis_files(std::span<const std::string> layers = {});

/// Writes the record (see write_analysis_record), curve.svg, curve.png and report.html into the set. The
/// caller commits.
void write_analysis(FileSet& files, const Analysis& analysis, const Network& network, const AnalysisContext& context,
                    bool features);

} // namespace scalescope
