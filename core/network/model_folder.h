#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace scalescope {

// A network can be a folder, as timm and Hugging Face write it: config.json, perhaps preprocessor_config.json, and the
// weights as model.safetensors or pytorch_model.bin, each also in several files with an index.

/// The path that a network is opened by: for config.json, or for weights with such a name beside a config.json, their
/// folder; for a repository in Hugging Face's cache (models--OWNER--NAME), the snapshot that its refs/main names, else
/// its only one; any other path itself. It need not exist.
[[nodiscard]] std::filesystem::path model_path(const std::filesystem::path& given);

/// Whether a path is a folder with a config.json and weights.
[[nodiscard]] bool is_model_folder(const std::filesystem::path& path);

/// The files of a folder that a pruned network is.
inline constexpr std::array pruned_folder_files{"config.json", "model.safetensors", "load.py"};
/// Whether a folder is one that ScaleScope wrote.
[[nodiscard]] bool is_pruned_folder(const std::filesystem::path& folder);

/// The name for people: of the file, of the folder, or "OWNER/NAME" for one in Hugging Face's cache.
[[nodiscard]] std::string name_of_model(const std::filesystem::path& model);

/// The files that it is read from: itself, or those of a folder. Of a folder that is no network, nothing.
[[nodiscard]] std::vector<std::filesystem::path> files_of_model(const std::filesystem::path& model);

/// SHA-256 of what it is read from, as 64 hexadecimal digits: of a file's bytes; of a folder, of the names of its files
/// with theirs. @throws Error as sha256_of_file.
[[nodiscard]] std::string sha256_of_model(const std::filesystem::path& model);

/// The bytes of its files together; 0 for what can't be read.
[[nodiscard]] std::uint64_t size_of_model(const std::filesystem::path& model);

} // namespace scalescope
