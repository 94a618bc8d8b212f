#pragma once

#include <torch/script.h>

#include <string>

namespace scalescope {

/// Whether code out of a file may use an operation ("aten::conv2d", "prim::If"): those that compute with tensors,
/// numbers, texts and lists may, and what TorchScript needs around them. No operation on this list touches a file, a
/// process or the network. What is known to read memory unchecked is not on it; a kernel that trusts its arguments all
/// the same could still end the program.
[[nodiscard]] bool is_allowed_operation(const std::string& name);

/// Looks at all code that came with a module, whether it is called or not, before anything of it runs.
/// @throws Unreadable naming the first operation that is not allowed.
void check_operations(const torch::jit::Module& module);

} // namespace scalescope
