#pragma once

#include "core/base/file_set.h"
#include "core/results/layer_measures_files.h"

#include <string>
#include <vector>

namespace scalescope {

/// The files that write_measures writes. @param figures, tables their names, as in LayerMeasures.
[[nodiscard]] std::vector<std::string> measures_files(const std::vector<std::string>& figures,
                                                      const std::vector<std::string>& tables = {});

/// Writes the record (see write_measures_record), report.html and the figures into the set. The caller commits.
void write_measures(FileSet& files, const LayerMeasures& measures, const Network& network,
                    const AnalysisContext& context);

} // namespace scalescope
