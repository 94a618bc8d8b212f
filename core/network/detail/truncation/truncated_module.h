#pragma once

#include "core/network/detail/graph/pooling.h"
#include "core/network/truncate.h"

#include <torch/script.h>

#include <memory>
#include <optional>
#include <string>

namespace scalescope {

/// Where a network is truncated, in terms of its modules.
struct Cut {
  std::string layer;
  std::optional<Pooling> pooling = {};
  std::optional<LinearReadout> readout = {}; ///< with pooling
};
[[nodiscard]] Cut cut_of(const Truncation& truncation);

/// The part of a network up to and including a layer, as a module: see truncated_archive.
struct TruncatedModule {
  torch::jit::Module module;
  std::string readout; ///< name of the submodule that is Truncation::readout; "" without one
  std::shared_ptr<const torch::jit::CompilationUnit> functions; ///< of the original, which the module calls
};

/// @param original shares its tensors with the part. @throws Error as truncated_archive.
[[nodiscard]] TruncatedModule truncated_module(const torch::jit::Module& original, const Cut& cut);

/// The bytes of a TorchScript archive. @param provenance is put into it, completed by the versions.
[[nodiscard]] std::string archive_of(const torch::jit::Module& module, Provenance provenance);

} // namespace scalescope
