#pragma once

#include "core/network/detail/checkpoint/state_dict.h"

#include <cstdint>
#include <istream>
#include <string>

namespace scalescope::checkpoint {

/// Reads .safetensors. @throws Unreadable.
[[nodiscard]] StateDict read_safetensors(std::istream& in, std::uint64_t file_size);
/// The same from memory.
[[nodiscard]] StateDict read_safetensors(const std::string& file);

} // namespace scalescope::checkpoint
