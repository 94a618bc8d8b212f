#pragma once
// A folder with a part of a network: write_folder writes it, and load_model reads it. Its config.json says what the
// whole network is, as timm or transformers say it, and in the entry "scalescope" where it was pruned.

#include "core/network/detail/architectures/architectures.h"
#include "core/network/detail/graph/pooling.h"
#include "core/network/detail/loading/assemble.h"
#include "core/network/provenance.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace scalescope {

/// The entry "scalescope" of a config.json.
struct PrunedEntry {
  std::string library;                 ///< whose architecture it is: one of pruned_libraries
  std::int64_t classes = 0;            ///< of the whole network; 0: it has no head
  int calls = 1;                       ///< how often the layer runs; the last output counts
  std::optional<Pooling> pooling = {}; ///< of the layer's output; none: it stays as it is
  Provenance provenance = {};          ///< with the layer; its output "scale": a linear layer `scale` is at the end
};

inline constexpr std::array pruned_libraries{"timm", "torchvision", "efficientnet_lite_pytorch", "transformers"};

[[nodiscard]] nlohmann::json to_json(const PrunedEntry& entry);
/// @param file the config.json, for messages. @throws Error unless to_json wrote it.
[[nodiscard]] PrunedEntry pruned_entry(const nlohmann::json& entry, const std::filesystem::path& file);

/// Whether a network has a module of that full name.
[[nodiscard]] bool has_module(const torch::jit::Module& network, const std::string& name);

/// Builds the part with its weights, in float32.
/// @param whole the architecture. @param folder for messages. @throws Error if a tensor is missing, has another shape
/// or has no place in it.
[[nodiscard]] Assembled assemble_pruned(const BuiltIn& whole, const PrunedEntry& entry, const StateDict& weights,
                                        const std::filesystem::path& folder);

} // namespace scalescope
