#pragma once

#include "core/network/network.h"
#include "core/results/analysis_record.h"

#include <optional>
#include <span>
#include <string>

namespace scalescope {

/// Whether the network that the layer is of can be cut after it.
[[nodiscard]] bool is_truncation_point(const Layer& layer);

/// A layer that the network can be cut after: one through whose output everything flows (Layer::can_truncate). A layer
/// inside a branch could be computed alone, but then what the branches beside it know would be missing: that is another
/// network than the first part of this one. So it is refused, as is what does not run in evaluation (an auxiliary
/// head), and the network's end.
/// @throws Error saying why not, and naming the nearest layers that can be; for an unknown name the nearest names.
[[nodiscard]] const Layer& truncation_point(const Network& network, const std::string& name);

/// The layer to cut after, by its R2.
struct BestTruncation {
  LayerR2 layer;
  std::string better; ///< a layer with a higher R2 that can't be cut after; "" if there is none
};

/// The layer with the highest mean R2 of those that the network can be cut after; with `within_standard_deviation` the
/// earliest one whose mean is not more than the best one's standard deviation below.
/// @param layers of the network. Scores of other layers are ignored. @return nothing if it can be cut after none.
[[nodiscard]] std::optional<BestTruncation>
best_truncation(std::span<const Layer> layers, std::span<const LayerR2> scores, bool within_standard_deviation);
/// The same. @throws Error if it can be cut after none.
[[nodiscard]] BestTruncation best_truncation(const Network& network, std::span<const LayerR2> scores,
                                             bool within_standard_deviation);

} // namespace scalescope
