#pragma once

#include "core/network/detail/checkpoint/state_dict.h"
#include "core/network/detail/checkpoint/zip_entries.h"

namespace scalescope::checkpoint {

/// Reads torch.save's zip. @param notes as read_state_dict. @throws Unreadable.
[[nodiscard]] StateDict read_zip(const ZipEntries& archive, std::vector<std::string>& notes);

} // namespace scalescope::checkpoint
