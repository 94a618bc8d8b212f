#pragma once

#include "core/network/detail/checkpoint/state_dict.h"

#include <filesystem>

namespace scalescope::checkpoint {

/// Reads torch.save's zip. @throws Unreadable.
[[nodiscard]] StateDict read_zip(const std::filesystem::path& file);

} // namespace scalescope::checkpoint
