#pragma once

#include "core/base/enum_names.h"

#include <array>
#include <string_view>
#include <utility>

namespace scalescope {

/// What becomes the features of a layer that returns tokens: the mean of its patch tokens, its class token, both (the
/// class token's channels first), or the mean of all tokens. A layer without a class token gives the mean of its
/// patches for `class` and `both`, too.
enum class Tokens { Mean, Class, Both, All };
template <>
inline constexpr auto enum_names<Tokens> = std::to_array<std::pair<std::string_view, Tokens>>(
    {{"mean", Tokens::Mean}, {"class", Tokens::Class}, {"both", Tokens::Both}, {"all", Tokens::All}});

/// The order of the tokens of a layer: those in front of the patches, then the patches, row by row.
struct TokenForm {
  int first = 0;            ///< how many are in front: class token, distillation token, registers
  bool class_token = false; ///< the first of them is a class token
  int rows = 0;             ///< of the grid of patches; 0: the order is not known, or there are no tokens
  int columns = 0;
  [[nodiscard]] bool known() const { return rows > 0; }
  bool operator==(const TokenForm&) const = default;
};

} // namespace scalescope
