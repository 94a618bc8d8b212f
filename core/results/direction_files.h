#pragma once

#include "core/base/file_set.h"
#include "core/experiment/direction.h"
#include "core/experiment/facts.h"

#include <string>
#include <vector>

namespace scalescope {

/// The input of an experiment on directions, for its record and report.
struct DirectionContext {
  ModelSource model;
  std::string data; ///< the folder or file
  SampleSet samples;
  DirectionSettings settings;
  std::string preprocessing_reason;
  std::string version; ///< of ScaleScope
};

/// Everything that was left out, by the reader and from the images.
[[nodiscard]] std::vector<LeftOut> left_out_of(const Directions& directions, const DirectionContext& context);
/// The remarks on data that were used, but not exactly as written; likewise.
[[nodiscard]] std::vector<Remark> remarks_of(const Directions& directions, const DirectionContext& context);
/// The facts in its record: network, data, settings, engine and versions.
[[nodiscard]] Facts facts_of(const Directions& directions, const Network& network, const DirectionContext& context);

/// The files that write_direction_record writes.
[[nodiscard]] std::vector<std::string> direction_record_files();

/// Writes direction.json (the results, and everything needed to run it again), direction.csv (one row per layer),
/// sensitivity.csv (one row per image and layer) and vectors.csv (one row per layer and channel) into the set. The
/// caller commits.
void write_direction_record(FileSet& files, const Directions& directions, const Network& network,
                            const DirectionContext& context);

} // namespace scalescope
