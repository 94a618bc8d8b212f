#pragma once

#include "core/probe/probe.h"

#include <optional>
#include <span>
#include <string>

namespace scalescope {

/// A warning for the reader of R2 by the robust protocol: the layers where R2 may depend on a few outlier images, since
/// the largest z-score of a held-out feature is over 100 (LayerScore::largest_z_score). Nothing if there are no such
/// layers, or for another protocol. @param scores one per layer.
[[nodiscard]] std::optional<std::string> stability_note(Protocol protocol, std::span<const ProbeLayer> layers,
                                                        const Scores& scores);

} // namespace scalescope
