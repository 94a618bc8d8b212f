#pragma once

#include "core/network/network.h"

#include <cstdint>
#include <exception>
#include <functional>
#include <span>
#include <vector>

namespace scalescope {

/// Whether memory ran out, recognised by the messages of LibTorch, CUDA, oneDNN, OpenVINO and the C++ library. By text,
/// because LibTorch's interpreter rethrows exceptions as another type.
[[nodiscard]] bool is_out_of_memory(const std::exception& e);

/// Appends the rows of one part to those of the parts before it.
void append_rows(std::vector<Activation>& all, std::vector<Activation>&& part);

/// Runs `n` images (at least one), at most `most` at a time. If memory runs out, it halves the number, down to one.
/// @param most the number that fitted after a larger one did not; 0 if all did. Kept for the next call with images of
/// that size.
/// @throws the exceptions of `run`, but out of memory only if a single image does not fit.
[[nodiscard]] std::vector<Activation>
run_in_parts(std::span<const float> images, std::int64_t n, std::int64_t& most,
             const std::function<std::vector<Activation>(std::span<const float>, std::int64_t)>& run);

} // namespace scalescope
