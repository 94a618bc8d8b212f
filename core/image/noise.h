#pragma once

#include "core/base/enum_names.h"
#include "core/image/image.h"

#include <cstdint>
#include <string>

namespace scalescope {

/// Images without any content: every sample of every channel has mean 127.5.
enum class NoiseKind {
  Gaussian, ///< white: independent samples, standard deviation 50, cut at 0 and 255
  Uniform,  ///< white: independent samples, 0 to 255
  Pink,     ///< amplitude falls with 1/f, so that it looks the same at every magnification; standard deviation 50, cut
};
template <>
inline constexpr auto enum_names<NoiseKind> = std::to_array<std::pair<std::string_view, NoiseKind>>(
    {{"gaussian", NoiseKind::Gaussian}, {"uniform", NoiseKind::Uniform}, {"pink", NoiseKind::Pink}});
/// "gaussian", "uniform", "1/f".
[[nodiscard]] std::string title_of(NoiseKind kind);

/// The same arguments give the same bytes. @param side in pixels, at least 2.
[[nodiscard]] Image make_noise(NoiseKind kind, int side, std::uint64_t seed);

} // namespace scalescope
