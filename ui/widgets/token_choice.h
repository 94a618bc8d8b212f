#pragma once

#include "core/network/network.h"

class QComboBox;

namespace scalescope {

/// Whether the choice changes anything: a layer has tokens in front of its patches.
[[nodiscard]] bool has_token_choice(const NetworkInfo& network);
/// Fills a list with what of a network's tokens can become features; the choice in use is chosen.
void offer_tokens(QComboBox& box, const NetworkInfo& network);
[[nodiscard]] Tokens chosen_tokens(const QComboBox& box);

} // namespace scalescope
