#pragma once

#include "core/base/files.h"
#include "core/experiment/direction.h"

#include <string>
#include <vector>

namespace scalescope {

/// Its input, for the page and the record.
struct DirectionContext {
  ModelSource model;
  std::string data; ///< the folder or file
  SampleSet samples;
  DirectionSettings settings;
  std::string preprocessing_reason;
  std::string version; ///< of ScaleScope
};

/// The files that write_directions writes.
[[nodiscard]] std::vector<std::string> direction_files();

/// Writes report.html, direction.csv (one row per layer), sensitivity.csv (one row per image and layer), vectors.csv
/// (one row per layer and channel), direction.json and the figures stability.svg and sensitivity.svg into the set. The
/// caller commits.
void write_directions(FileSet& files, const Directions& directions, const Network& network,
                      const DirectionContext& context);

} // namespace scalescope
