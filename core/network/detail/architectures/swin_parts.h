#pragma once
// What the Swin transformers share (Liu et al. 2021).

#include "core/network/detail/architectures/transformer_parts.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace scalescope {

struct Windows {
  std::int64_t side = 7;
  std::int64_t shift = 0; ///< of the windows against the map, along both sides
  bool pads_first = true; ///< where the map is no multiple of the window: it is padded before it is shifted
};

/// Statements that divide the map `y` (images x height x width x channels) into `windows` (all windows x positions x
/// channels), and put them together again, in `y`. For a shift they also make the `mask` (windows of an image x
/// positions x positions), for maps of any size.
/// @param attend statements that replace `windows` by what attention makes of it, with the `mask`.
[[nodiscard]] std::vector<std::string> in_windows(const Windows& windows, const std::vector<std::string>& attend);

/// The row of the table of biases for each pair of positions in a window.
[[nodiscard]] at::Tensor relative_position_index(std::int64_t window);

/// An expression for the bias, 1 x heads x positions x positions, of a module with the attribute
/// relative_position_index.
[[nodiscard]] std::string relative_position_bias(const std::string& table, std::int64_t window);

/// Statements that replace four neighbours of the map `x` by one position with their channels.
[[nodiscard]] std::vector<std::string> merged_patches();

/// @throws Error if the numbers of the stages contradict each other.
void check_swin(const std::vector<std::int64_t>& depths, const std::vector<std::int64_t>& heads, std::int64_t width,
                const char* name_of_width);

/// The side of the smallest image that has a whole window in the last stage. Below that, Python makes the window
/// smaller, which needs other biases.
[[nodiscard]] int least_side_of_swin(std::int64_t patch, std::int64_t window, std::size_t stages);

} // namespace scalescope
