#pragma once

#include "core/network/detail/checkpoint/state_dict.h"

#include <filesystem>

namespace scalescope::checkpoint {

/// Reads torch.save's zip. @param notes as read_state_dict. @throws Unreadable.
[[nodiscard]] StateDict read_zip(const std::filesystem::path& file, std::vector<std::string>& notes);

} // namespace scalescope::checkpoint
