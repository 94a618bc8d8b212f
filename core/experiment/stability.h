#pragma once

#include "core/probe/probe.h"

#include <optional>
#include <span>
#include <string>

namespace scalescope {

/// What a person should know who reads R2 by the robust protocol: at which layers it may hang on single images, since
/// a held-out feature lies over 100 standard deviations away (LayerScore::largest_z_score). Nothing if there are none,
/// or by another protocol. @param scores one a layer.
[[nodiscard]] std::optional<std::string> stability_note(Protocol protocol, std::span<const ProbeLayer> layers,
                                                        const Scores& scores);

} // namespace scalescope
