#pragma once

#include "core/base/file_set.h"
#include "core/experiment/layer_measures.h"
#include "core/results/analysis_files.h"

#include <string>
#include <vector>

namespace scalescope {

/// measures.csv: layer,depth,figure,curve,control,mean,sd,low,high; one row per curve and layer. low and high are the
/// ends of the 95 % interval over images, where there is one.
[[nodiscard]] std::string measures_csv(const LayerMeasures& measures);
/// A table as CSV; a map has a column for each of its columns, after the rows' names.
[[nodiscard]] std::string table_csv(const MeasureTable& table);
[[nodiscard]] std::string table_csv(const MeasureMap& map);

/// Everything that was left out, by the reader and from the images.
[[nodiscard]] std::vector<LeftOut> left_out_of(const LayerMeasures& measures, const AnalysisContext& context);
/// The remarks on data that were used, but not exactly as written; likewise.
[[nodiscard]] std::vector<Remark> remarks_of(const LayerMeasures& measures, const AnalysisContext& context);
/// The facts in its record: network, data, settings, engine and versions.
[[nodiscard]] Facts facts_of(const LayerMeasures& measures, const Network& network, const AnalysisContext& context);

/// The files that write_measures_record writes. @param tables names of the tables' and maps' files.
[[nodiscard]] std::vector<std::string> measures_record_files(const std::vector<std::string>& tables);

/// Writes measures.json (the results, and everything needed to run it again), measures.csv, tables and maps into the
/// set. The caller commits.
void write_measures_record(FileSet& files, const LayerMeasures& measures, const Network& network,
                           const AnalysisContext& context);

} // namespace scalescope
