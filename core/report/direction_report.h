#pragma once

#include "core/base/file_set.h"
#include "core/results/direction_files.h"

#include <string>
#include <vector>

namespace scalescope {

/// The files that write_directions writes.
[[nodiscard]] std::vector<std::string> direction_files();

/// Writes the record (see write_direction_record), report.html and the figures stability.svg and sensitivity.svg into
/// the set. The caller commits.
void write_directions(FileSet& files, const Directions& directions, const Network& network,
                      const DirectionContext& context);

} // namespace scalescope
