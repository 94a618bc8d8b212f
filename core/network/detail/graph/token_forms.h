#pragma once

#include "core/network/detail/graph/structure.h"
#include "core/network/tokens.h"

#include <cstdint>
#include <map>
#include <vector>

namespace scalescope {

/// What token_forms() needs the shapes of: the sequences that are joined.
[[nodiscard]] std::vector<torch::jit::Value*> joined_sequences(const FlatGraph& flat);

/// The order of the tokens in a network, by how many tokens there are. Tokens that do not depend on the images (class
/// token, registers) are joined in front of the patches, which make up a map of a convolution, or a square. A number
/// that stands for two orders, or for another one, is not among them.
[[nodiscard]] std::map<std::int64_t, TokenForm> token_forms(const FlatGraph& flat, const ValueShapes& shapes);

} // namespace scalescope
