#pragma once

#include "core/base/file_set.h"
#include "core/experiment/direction.h"
#include "core/results/facts.h"

#include <string>
#include <vector>

namespace scalescope {

/// What an experiment on directions was of: for its record and its report.
struct DirectionContext {
  ModelSource model;
  std::string data; ///< the folder or file
  SampleSet samples;
  DirectionSettings settings;
  std::string preprocessing_reason;
  std::string version; ///< of ScaleScope
};

/// Everything that was not used, by the reader and of the images.
[[nodiscard]] std::vector<LeftOut> left_out_of(const Directions& directions, const DirectionContext& context);
/// Everything that was not used just as it was found, likewise.
[[nodiscard]] std::vector<Remark> remarks_of(const Directions& directions, const DirectionContext& context);
/// What its record says of network, data, settings, engine and versions.
[[nodiscard]] Facts facts_of(const Directions& directions, const Network& network, const DirectionContext& context);

/// The files that write_direction_record writes.
[[nodiscard]] std::vector<std::string> direction_record_files();

/// Writes direction.json (the results, and everything needed to run it again), direction.csv (a row a layer),
/// sensitivity.csv (a row an image and layer) and vectors.csv (a row a layer and channel) into the set. The caller
/// commits.
void write_direction_record(FileSet& files, const Directions& directions, const Network& network,
                            const DirectionContext& context);

} // namespace scalescope
