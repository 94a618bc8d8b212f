#pragma once

#include "core/network/detail/checkpoint/zip_entries.h"
#include "core/network/detail/graph/flat_graph.h"

#include <torch/script.h>

#include <string>
#include <vector>

namespace scalescope {

/// A network of a torch.export archive (.pt2). Its module has the submodules, parameters and buffers of the original
/// under their names; its forward holds all operations, each with the scope of the module it came from, and marks what
/// modules return. No submodule has a forward of its own.
struct ExportedProgram {
  torch::jit::Module module;
  ImageLimits limits;
  std::vector<std::string> notes;
  bool ends_early = false; ///< operations were left out, its output among them: it returns features
  std::string provenance;  ///< the JSON of a network that ScaleScope pruned; else ""
};

/// Reads what torch.export.save of PyTorch 2.5 to 2.15 writes. Weights that are pickled, as they were before 2.9, are
/// read by our own reader, which executes nothing.
/// @throws Unreadable if it is damaged, needs an operation that LibTorch doesn't have, or takes something else than one
/// batch of images.
[[nodiscard]] ExportedProgram read_exported_program(checkpoint::ZipEntries entries);

} // namespace scalescope
