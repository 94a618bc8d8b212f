#include "core/network/detail/description.h"

#include <nlohmann/json.hpp>

namespace scalescope {

using nlohmann::json;

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Layer, name, type, parent, shape, channel_axis, parameters, multiply_adds, calls,
                                   depth, block, can_truncate)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Description, architecture, preprocessing, preprocessing_reason, input_size, notes,
                                   layers, blocks, head, output, openvino_refusal)

std::string to_json(const Description& description) {
  return json(description).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<Description> description_from_json(std::string_view text) {
  try {
    return json::parse(text).get<Description>();
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

} // namespace scalescope
