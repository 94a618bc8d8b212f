#include "core/network/detail/description.h"

#include "core/image/resizing_json.h"

#include <nlohmann/json.hpp>

namespace scalescope {

using nlohmann::json;

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(InputForm, channels, channels_last)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TokenForm, first, class_token, rows, columns)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Layer, name, type, parent, shape, channel_axis, parameters, multiply_adds, calls,
                                   depth, block, can_truncate, tokens, attention, windows)

void to_json(json& record, const std::optional<Preprocessing>& how) {
  if (how) {
    record = {how->name, how->divisor, how->mean, how->standard_deviation, how->bgr, json::object()};
    write_resizing(record.back(), how->resizing);
  }
}

void from_json(const json& record, std::optional<Preprocessing>& how) {
  if (!record.is_null())
    how = Preprocessing{record.at(0), record.at(1), record.at(2),
                        record.at(3), record.at(4), read_resizing(record.at(5))};
}

// The part that does not depend on the run options. Source and run options are not stored.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(NetworkInfo, architecture, preprocessing, preprocessing_reason, class_names,
                                   input_size, input_form, layers, blocks, head, outputs, output_index)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(KeptInfo, info, notes, refusals)

std::string to_json(const KeptInfo& kept) { return json(kept).dump(-1, ' ', false, json::error_handler_t::replace); }

std::optional<KeptInfo> kept_from_json(std::string_view text) {
  try {
    return json::parse(text).get<KeptInfo>();
  } catch (const json::exception&) {
    return std::nullopt;
  } catch (const std::bad_optional_access&) {
    return std::nullopt;
  }
}

void restore_into(NetworkInfo& known, const KeptInfo& kept) {
  const NetworkInfo& info = kept.info;
  known.architecture = info.architecture;
  known.preprocessing = info.preprocessing;
  known.class_names = info.class_names;
  known.preprocessing_reason = info.preprocessing_reason;
  known.input_size = info.input_size;
  known.input_form = info.input_form;
  known.layers = info.layers;
  known.blocks = info.blocks;
  known.head = info.head;
  known.outputs = info.outputs;
  known.output_index = info.output_index;
  known.notes = kept.notes;
}

} // namespace scalescope
