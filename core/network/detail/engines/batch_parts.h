#pragma once

#include "core/network/network.h"

#include <cstdint>
#include <exception>
#include <functional>
#include <span>
#include <vector>

namespace scalescope {

/// Whether memory ran out, by what LibTorch, CUDA, oneDNN, OpenVINO or the C++ library say then. By text, since
/// LibTorch's interpreter throws what it caught as another type.
[[nodiscard]] bool is_out_of_memory(const std::exception& e);

/// Row after row behind what the parts before it said.
void append_rows(std::vector<Activation>& all, std::vector<Activation>&& part);

/// Runs `n` images (at least one), as many at a time as `most` says; where memory runs out, half as many, down to one.
/// @param most how many fitted after more did not; 0 while all did. Kept for the next call with images of that size.
/// @throws what `run` throws, but out of memory only where a single image does not fit.
[[nodiscard]] std::vector<Activation>
run_in_parts(std::span<const float> images, std::int64_t n, std::int64_t& most,
             const std::function<std::vector<Activation>(std::span<const float>, std::int64_t)>& run);

} // namespace scalescope
