#pragma once

#include "core/base/enum_names.h"

#include <string>
#include <string_view>
#include <vector>

namespace scalescope {

/// The library that runs a network. Auto: the first of the others that can run on the requested device and at the
/// requested precision.
enum class Engine { Auto, OpenVino, LibTorch };
template <>
inline constexpr auto enum_names<Engine> = std::to_array<std::pair<std::string_view, Engine>>(
    {{"auto", Engine::Auto}, {"openvino", Engine::OpenVino}, {"libtorch", Engine::LibTorch}});

/// The number format of a network's computation. BFloat16 is about twice as fast if the processor supports it, and
/// holds about three significant digits. On GPUs only: Float16 holds a digit more, but nothing above 65504; Tf32 is
/// float32 whose convolutions and matrix products round their factors to three significant digits.
enum class Precision { Float32, BFloat16, Float16, Tf32 };
template <>
inline constexpr auto
    enum_names<Precision> = std::to_array<std::pair<std::string_view, Precision>>({{"float32", Precision::Float32},
                                                                                   {"bfloat16", Precision::BFloat16},
                                                                                   {"float16", Precision::Float16},
                                                                                   {"tf32", Precision::Tf32}});
/// Why no engine computes on CPUs with that precision; "" if one may.
[[nodiscard]] std::string needs_gpu(Precision precision);

/// What is known of an engine, whether or not it can run here.
struct EngineFacts {
  Engine engine = Engine::Auto;
  const char* name = "";     ///< as people call it: "OpenVINO"
  const char* use = "";      ///< where to use it, for help texts: "CPU, fastest"
  bool runs_on_gpus = false; ///< else on the CPU only
};

/// All engines, in the order in which Auto tries them. The last takes every network.
[[nodiscard]] std::vector<EngineFacts> known_engines();
/// EngineFacts::name.
[[nodiscard]] const char* engine_name(Engine engine);

/// An engine, and its precisions on this machine.
struct EngineReport {
  EngineFacts facts;
  std::string version;               ///< "OpenVINO 2026.4.1"; "" where it is not built in
  std::vector<Precision> precisions; ///< on this machine's CPU
  std::string why_not;               ///< why it can't be used; "" if it can
};

/// Of all engines, in the order of known_engines().
[[nodiscard]] std::vector<EngineReport> list_engines();
/// "LibTorch 1.13.1, OpenVINO 2026.4.1", or "..., without OpenVINO".
[[nodiscard]] std::string engine_versions();

} // namespace scalescope
