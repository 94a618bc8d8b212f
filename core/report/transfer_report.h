#pragma once

#include "core/base/file_set.h"
#include "core/results/transfer_files.h"

#include <span>
#include <string>
#include <vector>

namespace scalescope {

/// A sentence: the best layers for magnification and area, and the values of the last pooled features.
[[nodiscard]] std::string headline_of(const Transfer& transfer);

/// The files that write_transfer writes. @param trained the layers that networks are, or may be, trained up to.
[[nodiscard]] std::vector<std::string> transfer_files(std::span<const std::string> trained);

/// Writes the record (see write_transfer_record), kappa.svg and report.html into the set. The caller commits.
/// @throws Error if an image that the page shows patches of can't be read any more.
void write_transfer(FileSet& files, const Transfer& transfer, const Network& network, const TransferContext& context);

} // namespace scalescope
