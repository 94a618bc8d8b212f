#pragma once

#include "core/network/network.h"
#include "core/results/analysis_record.h"

#include <optional>
#include <span>
#include <string>

namespace scalescope {

/// Whether the network can be pruned after the layer.
[[nodiscard]] bool is_truncation_point(const Layer& layer);

/// A layer after which the network can be pruned: all data pass through its output (Layer::can_truncate). A layer
/// inside a branch could be computed alone, but the data of parallel branches would be missing, so the result would not
/// be the first part of this network. It is refused, and so are layers that do not run in evaluation (an auxiliary
/// head) and the end of the network.
/// @throws Error saying why not, and naming the nearest layers that can be; for an unknown name the nearest names.
[[nodiscard]] const Layer& truncation_point(const Network& network, const std::string& name);

/// The layer to prune after, by its R2.
struct BestTruncation {
  LayerR2 layer;
  std::string better; ///< a layer with a higher R2 after which pruning is not possible; "" if there is none
};

/// The layer with the highest mean R2 after which the network can be pruned; with `within_standard_error` the
/// earliest one whose mean is not more than the best one's standard error over images below.
/// @param layers of the network. Scores of other layers are ignored. @return no value if there is no such layer.
[[nodiscard]] std::optional<BestTruncation>
best_truncation(std::span<const Layer> layers, std::span<const LayerR2> scores, bool within_standard_error);
/// The same. @throws Error if there is no such layer, or no standard error although it is needed.
[[nodiscard]] BestTruncation best_truncation(const Network& network, std::span<const LayerR2> scores,
                                             bool within_standard_error);

} // namespace scalescope
