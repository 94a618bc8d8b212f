#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace scalescope {

/// The named tensors of a checkpoint, in the order of the file, on the CPU, with the types they have in the file.
using StateDict = std::vector<std::pair<std::string, at::Tensor>>;

/// Reads the tensors of a checkpoint: torch.save's zip, its stream from before PyTorch 1.6, or .safetensors, recognised
/// by their first bytes. If the tensors are in an entry, such as `state_dict` or `teacher`, it reads that entry; a list
/// of pairs of name and tensor is as good as a dict. It removes a `module.` from every name, and skips everything that
/// is not a tensor (epoch, optimiser, ...).
/// Its pickle reader knows only tensors and plain containers; no code in the file can run.
/// @throws Error naming the file: damaged, cut short, no tensors in it, or asking for a class or function that is not
///         on the list (named).
/// @param notes receives which entry was read if there were several, or if its name is not a usual one.
[[nodiscard]] StateDict read_state_dict(const std::filesystem::path& file, std::vector<std::string>* notes = nullptr);

} // namespace scalescope
