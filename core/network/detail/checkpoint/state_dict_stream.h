#pragma once

#include "core/network/detail/checkpoint/state_dict.h"

#include <cstdint>
#include <istream>

namespace scalescope::checkpoint {

/// Reads torch.save's stream from before PyTorch 1.6. @param notes as read_state_dict. @throws Unreadable.
[[nodiscard]] StateDict read_stream(std::istream& in, std::uint64_t file_size, std::vector<std::string>& notes);

} // namespace scalescope::checkpoint
