#pragma once
// The files of a network that is a folder.

#include <array>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace scalescope {

/// Names of weights, in the order in which they are looked for. Those of an index list files beside it.
inline constexpr std::array<std::string_view, 4> weight_names{"model.safetensors", "model.safetensors.index.json",
                                                              "pytorch_model.bin", "pytorch_model.bin.index.json"};

/// A JSON file of a folder: of at most 64 MiB, and not nested deeper than 64 levels.
/// @throws Error naming the file: missing, too large, not JSON (with the line), not an object of names and values.
[[nodiscard]] nlohmann::json read_folder_json(const std::filesystem::path& file);

/// The files with the weights: the first of weight_names that is there, and, if it is an index, what it lists, each
/// once, in the order of the tensors. @throws Error for a folder without weights, and for an index that lists a file
/// that is missing or not beside it.
[[nodiscard]] std::vector<std::filesystem::path> weights_of_folder(const std::filesystem::path& folder);

/// The same with the index itself, for hashes and for what must not be overwritten; what can't be read is left to the
/// reader of the network to complain about.
[[nodiscard]] std::vector<std::filesystem::path> files_of_weights(const std::filesystem::path& folder);

} // namespace scalescope
