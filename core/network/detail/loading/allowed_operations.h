#pragma once

#include <torch/script.h>

#include <string>

namespace scalescope {

/// Whether code from a file may use an operation ("aten::conv2d", "prim::If"): those that compute with tensors,
/// numbers, texts and lists may, and what TorchScript needs around them. No operation on this list touches a file, a
/// process or the network. Operations that are known to read memory unchecked are not on it; an unknown one could still
/// crash the program.
[[nodiscard]] bool is_allowed_operation(const std::string& name);

/// Checks all code of a module, called or not, before any of it runs.
/// @throws Unreadable naming the first operation that is not allowed.
void check_operations(const torch::jit::Module& module);

} // namespace scalescope
