#pragma once

#include "core/network/detail/architectures/architectures.h"
#include "core/network/detail/graph/flat_graph.h"
#include "core/network/detail/loading/folder_config.h"
#include "core/network/network.h"
#include "core/network/provenance.h"

#include <map>
#include <string>

namespace scalescope {

/// A network as loaded, before it is flattened.
struct LoadedModel {
  torch::jit::Module module;
  std::optional<Architecture> architecture; ///< where it was recognised
  std::vector<std::string> notes;
  std::optional<Provenance> provenance;    ///< of a network that ScaleScope pruned or fine-tuned
  ImageLimits limits = {};                 ///< of a torch.export archive, an ONNX file or a built-in architecture
  bool ends_early = false;                 ///< operations that are not read were left out, its output among them
  bool exported = false;                   ///< of one of these files: its modules have no code of their own
  std::optional<FolderConfig> config = {}; ///< of a folder
  bool converted = false;                  ///< its weights were of another type than float32, and are float32 now
  std::int64_t classes = 1000;             ///< of a built-in architecture's head; 0: it has none
  /// The tensors of a checkpoint that were float16 or bfloat16, and are float32 now.
  std::map<std::string, at::ScalarType> types = {};
};

/// Opens the source in evaluation mode on the CPU, with random weights if requested.
/// @throws Error naming the file and the cause.
[[nodiscard]] LoadedModel load_model(const ModelSource& source);

/// Likewise, for what works on the module itself. @throws Error as load_model, or if its weights were converted while
/// its code still computes in their old type.
[[nodiscard]] LoadedModel load_module(const ModelSource& source);

/// What was built for it, or, of a file with code of its own, the architecture that it was recognised as.
/// @throws Error if it was not.
[[nodiscard]] BuiltIn built_in_of(const LoadedModel& loaded);

/// Its flat graph, which computes in float32. @throws Error as flatten().
[[nodiscard]] FlatGraph flatten(const LoadedModel& loaded);

} // namespace scalescope
