#pragma once

#include "core/network/detail/loading/model_file.h"
#include "core/network/truncate.h"

namespace scalescope {

/// A part of a network as the files of a folder: see truncated_folder.
[[nodiscard]] FolderFiles write_folder(const LoadedModel& loaded, const Truncation& cut, Provenance provenance);

} // namespace scalescope
