#pragma once

#include "core/network/network.h"

#include <filesystem>
#include <string>

namespace scalescope {

/// The parameters and buffers of a network as the bytes of a checkpoint.
/// @param written what truncated_archive or truncated_folder made, in memory.
/// @param file its name determines the format; see check_checkpoint_name.
[[nodiscard]] std::string checkpoint_of(const ModelSource& written, const std::filesystem::path& file);
/// @throws Error unless the name ends in .pth or .pt (torch.save), or .safetensors.
void check_checkpoint_name(const std::filesystem::path& file);

} // namespace scalescope
