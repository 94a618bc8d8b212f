#pragma once

#include <filesystem>
#include <string>

namespace scalescope {

/// The parameters and buffers of a network's archive, as truncated_archive makes it, as the bytes of a checkpoint.
/// @param file its name determines the format; see check_checkpoint_name.
[[nodiscard]] std::string checkpoint_of(const std::string& archive, const std::filesystem::path& file);
/// @throws Error unless the name ends in .pth or .pt (torch.save), or .safetensors.
void check_checkpoint_name(const std::filesystem::path& file);

} // namespace scalescope
