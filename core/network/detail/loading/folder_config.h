#pragma once

#include "core/image/preprocessing.h"
#include "core/network/detail/loading/pruned_folder.h"
#include "core/network/network.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace scalescope {

/// What the config.json and preprocessor_config.json of a folder say of its network.
struct FolderConfig {
  std::filesystem::path file; ///< the config.json
  std::string library;        ///< "timm" or "transformers"; of a pruned network, one of pruned_libraries
  std::string architecture;   ///< as the library names it: "resnet18", "vit"
  nlohmann::json arguments;   ///< timm's model_args; all of transformers' config.json
  std::optional<std::int64_t> classes;
  std::vector<std::string> class_names; ///< as many as there are classes; empty: not known
  std::optional<Preprocessing> preprocessing;
  int width = 0; ///< of the input in pixels; 0: not known
  int height = 0;
  std::optional<PrunedEntry> pruned = {}; ///< of a folder that ScaleScope wrote: the rest is of the whole network
  std::vector<std::string> notes;         ///< on what is not used exactly as it is written there
};

/// Reads both kinds:
/// - timm's, of all its versions: architecture, num_classes, label_names, label_descriptions, model_args, and
///   pretrained_cfg or its entries beside them. What it leaves out is what timm.data.resolve_data_config takes then:
///   bicubic, crop 0.875, ImageNet's mean and standard deviation, 224 pixels.
/// - that of transformers: model_type, id2label, and preprocessor_config.json of its image processors (also inside
///   processor_config.json).
/// @throws Error naming the file, the entry and what is wrong with it, for what would change what the network computes
/// and can't be done, too.
/// @param files those of the folder, where they are only in memory.
[[nodiscard]] FolderConfig read_folder_config(const std::filesystem::path& folder, const FolderFiles* files = nullptr);

} // namespace scalescope
