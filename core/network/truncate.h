#pragma once

#include "core/network/network.h"
#include "core/network/provenance.h"

#include <optional>
#include <string>
#include <vector>

namespace scalescope {

/// A linear function of a layer's pooled features.
struct LinearReadout {
  std::vector<double> weights; ///< one a channel
  double intercept = 0;
};

/// Where a network is cut, and what the part before the cut returns.
struct Cut {
  Layer layer; ///< of the network: one that can be cut at (Layer::can_truncate), or the network
               ///< itself, ""
  Reduction reduction = Reduction::Maps;  ///< its output as it is, or pooled
  std::optional<LinearReadout> readout{}; ///< with Pooled: one more linear layer behind, called `scale`, N x 1
};

/// The part of a network up to and with a layer, as the bytes of a TorchScript archive that PyTorch and LibTorch load.
/// It takes what the network takes. What runs before the cut keeps its modules, their names and classes; its parameters
/// are parameters and can be trained. Modules that are not needed are gone: those behind the cut, and those beside it
/// whose output leads elsewhere (an auxiliary head). Modules around the layer hold what is left in them and have no
/// forward of their own any more.
/// @param provenance is put into the archive, completed by the versions.
/// @throws Error if the network can't be opened, or the layer's call can't be followed (in a loop).
[[nodiscard]] std::string truncated_archive(const ModelSource& source, const Cut& cut, Provenance provenance);

} // namespace scalescope
