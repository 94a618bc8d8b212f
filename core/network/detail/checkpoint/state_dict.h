#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace scalescope {

/// The named tensors of a checkpoint, in the order of the file, on the CPU, with the types they have in the file.
using StateDict = std::vector<std::pair<std::string, at::Tensor>>;

/// Reads the tensors of a checkpoint: torch.save's zip, its stream from before PyTorch 1.6, or .safetensors, told apart
/// by their first bytes. An entry `state_dict`, `model_state_dict` or `model` that holds the tensors is entered, a
/// `module.` before every name is taken off, what is not a tensor (epoch, optimiser, ...) is passed over. A pickle is
/// interpreted by a small machine that knows tensors and plain containers only; nothing in the file can run.
/// @throws Error naming the file: damaged, cut short, no tensors in it, or asking for a class or function that is not
///         on the list (named).
[[nodiscard]] StateDict read_state_dict(const std::filesystem::path& file);

} // namespace scalescope
