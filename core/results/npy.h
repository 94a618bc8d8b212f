#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace scalescope {

/// The bytes of a NumPy .npy file (format 1.0, little-endian float32, C order). @param values rows x columns.
[[nodiscard]] std::string to_npy(std::span<const float> values, std::int64_t rows, std::int64_t columns);

} // namespace scalescope
