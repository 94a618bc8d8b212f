#pragma once

#include <torch/csrc/jit/ir/ir.h>
#include <torch/script.h>

#include <memory>
#include <string>

namespace scalescope {

/// A module with another forward, and only those parts of an original that it needs: submodules under their names, with
/// their classes and methods; parameters and buffers, shared with the original. A module whose own methods run keeps
/// all its parameters and buffers. A module on the path to others (`within` and its parents, whose forward is part of
/// the new one) keeps only those that are read.
/// @param forward calls methods of the original and reads its attributes through its first input; it is changed.
/// @param within the full name of a module in the original.
/// @throws Error if modules are used in a way that can't be followed.
[[nodiscard]] torch::jit::Module rebuild_module(const torch::jit::Module& original,
                                                const std::shared_ptr<torch::jit::Graph>& forward,
                                                const std::string& within);

} // namespace scalescope
