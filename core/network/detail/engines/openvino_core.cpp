#include "core/network/detail/engines/openvino_core.h"

#include "core/network/detail/engines/torch_error.h"

#include <algorithm>
#include <array>
#include <utility>

namespace scalescope {

ov::Core& openvino_core() {
  static ov::Core the_core;
  return the_core;
}

static const auto& types() {
  static const std::array<std::pair<c10::ScalarType, ov::element::Type>, 10> all = {{
      {c10::kFloat, ov::element::f32},
      {c10::kDouble, ov::element::f64},
      {c10::kHalf, ov::element::f16},
      {c10::kBFloat16, ov::element::bf16},
      {c10::kLong, ov::element::i64},
      {c10::kInt, ov::element::i32},
      {c10::kShort, ov::element::i16},
      {c10::kChar, ov::element::i8},
      {c10::kByte, ov::element::u8},
      {c10::kBool, ov::element::boolean},
  }};
  return all;
}

ov::element::Type openvino_type(c10::ScalarType type) {
  const auto found = std::ranges::find(types(), type, [](const auto& pair) { return pair.first; });
  if (found == types().end())
    throw Cause("a tensor of a type that OpenVINO does not know");
  return found->second;
}

std::optional<c10::ScalarType> torch_type(const ov::element::Type& type) {
  const auto found = std::ranges::find(types(), type, [](const auto& pair) { return pair.second; });
  return found != types().end() ? std::optional(found->first) : std::nullopt;
}

} // namespace scalescope
