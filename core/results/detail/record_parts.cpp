#include "core/results/detail/record_parts.h"

#include "core/image/resizing_json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scalescope {

using nlohmann::json;

json model_json(const Network& network) {
  const ModelSource& source = network.info().source;
  json model{{"name", network.info().name},
             {"architecture", network.info().architecture},
             {"random_weights", source.random_weights},
             {"notes", network.info().notes}};
  if (source.random_weights)
    model["seed"] = source.seed;
  if (const auto& outputs = network.info().outputs; outputs.size() > 1) {
    model["outputs"] = outputs;
    model["output"] = outputs[network.info().output_index];
  }
  if (network.info().has_tokens())
    model["tokens"] = text_of(network.info().source.tokens);
  if (network.info().input_form.channels != 3)
    model["input_channels"] = network.info().input_form.channels;
  if (!source.file.empty()) {
    model["file"] = std::filesystem::absolute(source.file).string();
    model["sha256"] = network.info().sha256;
  }
  return model;
}

json run_json(const Network& network) {
  return {{"device", network.info().device},
          {"engine", network.info().engine},
          {"precision", text_of(network.info().precision)},
          {"threads", network.info().threads}};
}

json preprocessing_json(const Preprocessing& preprocessing, const std::string& reason) {
  json record{{"mode", preprocessing.name},
              {"chosen_because", reason},
              {"divisor", preprocessing.divisor},
              {"mean", preprocessing.mean},
              {"deviation", preprocessing.standard_deviation},
              {"channel_order", preprocessing.bgr ? "bgr" : "rgb"}};
  write_resizing(record, preprocessing.resizing);
  return record;
}

json left_out_json(const std::vector<LeftOut>& left_out) {
  json list = json::array();
  for (const auto& one : left_out)
    list.push_back({{"what", one.what}, {"reason", one.reason}});
  return list;
}

json remarks_json(const std::vector<Remark>& remarks) {
  json list = json::array();
  for (const auto& one : remarks)
    list.push_back({{"what", one.what}, {"remark", one.text}});
  return list;
}

static void flatten(const json& value, const std::string& name, Facts& into) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items())
      flatten(inner, fmt::format("{}.{}", name, key), into);
  } else {
    into.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
  }
}

Facts facts_of(const json& record, std::initializer_list<const char*> parts) {
  Facts facts;
  for (const char* part : parts)
    if (record.contains(part))
      flatten(record[part], part, facts);
  return facts;
}

std::string file_text(const json& record) { return record.dump(1, ' ', false, json::error_handler_t::replace) + "\n"; }

} // namespace scalescope
