#pragma once
// Draws that NumPy's RandomState gives for the same seed (private to this library).

#include <bit>
#include <cstdint>
#include <random>

namespace scalescope {

/// A number of 0 .. most, as RandomState.randint(0, most + 1) and its shuffles draw it: as many low bits as `most`
/// needs, drawn again while they are above it. @param generator seeded like RandomState.
[[nodiscard]] inline std::uint32_t draw_up_to(std::uint32_t most, std::mt19937& generator) {
  const std::uint32_t mask = (std::uint32_t{1} << std::bit_width(most)) - 1;
  std::uint32_t drawn = 0;
  do {
    drawn = generator() & mask;
  } while (drawn > most);
  return drawn;
}

} // namespace scalescope
