#pragma once

#include "core/base/file_set.h"
#include "core/results/invariance_files.h"

#include <string>
#include <vector>

namespace scalescope {

/// The files that write_invariance writes.
[[nodiscard]] std::vector<std::string> invariance_files();

/// Writes the record (see write_invariance_record), report.html and the figures object-scale.svg, image-size.svg and
/// cosine.svg into the set. The caller commits.
void write_invariance(FileSet& files, const Invariance& invariance, const Network& network,
                      const InvarianceContext& context);

} // namespace scalescope
