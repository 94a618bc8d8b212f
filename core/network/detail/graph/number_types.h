#pragma once

#include <torch/csrc/jit/ir/ir.h>
#include <torch/script.h>

#include <string>

namespace scalescope {

/// As Python calls it: "float16", "bfloat16", "float64".
[[nodiscard]] std::string name_of_type(c10::ScalarType type);

/// Makes all parameters and buffers of floating point float32. @return the type that most of them had otherwise:
/// "float16", "bfloat16" or "float64"; "" if all were float32.
std::string make_float32(torch::jit::Module& module);

/// Lets a graph compute in float32 throughout: constants and conversions to float16, which CPUs can't compute with, and
/// with `all` those to bfloat16 and float64, too. @return whether it changed.
bool make_float32(torch::jit::Graph& graph, bool all);

} // namespace scalescope
