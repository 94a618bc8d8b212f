#pragma once

#include <torch/csrc/jit/ir/ir.h>
#include <torch/script.h>

#include <memory>
#include <string>

namespace scalescope {

/// A module around another forward, with what that needs of an original and no more: submodules that it reaches, under
/// their names, classes and methods; parameters and buffers, shared with the original, as what they were. Of a module
/// whose own methods run, all parameters and buffers stay; of one that is only passed through on the way to others
/// (`within`, and those around it: their forward is part of the new one), those that are read.
/// @param forward calls methods of the original and reads its attributes through its first input; it is changed.
/// @param within the full name of a module in the original.
/// @throws Error where modules are used in a way that can't be followed.
[[nodiscard]] torch::jit::Module rebuild_module(const torch::jit::Module& original,
                                                const std::shared_ptr<torch::jit::Graph>& forward,
                                                const std::string& within);

} // namespace scalescope
