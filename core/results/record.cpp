#include "core/results/record.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scalescope {

using nlohmann::json;

std::string protocol_line(const Folds& folds) {
  const auto repetitions = folds.repetitions.size();
  if (folds.protocol == Protocol::Paper)
    return fmt::format("least squares, mean ± sd over {} random 70/30 splits", repetitions);
  return fmt::format("ridge{}, grouped {}-fold, mean ± sd over {} repetitions",
                     folds.protocol == Protocol::Clipped ? " on clipped features" : "",
                     folds.repetitions.front().splits.size(), repetitions);
}

json model_json(const Network& network, const ModelSource& source) {
  json model{{"name", network.info().name},
             {"architecture", network.info().architecture},
             {"random_weights", source.random_weights},
             {"notes", network.info().notes}};
  if (source.random_weights)
    model["seed"] = source.seed;
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
  return {{"mode", preprocessing.name},
          {"chosen_because", reason},
          {"divisor", preprocessing.divisor},
          {"mean", preprocessing.mean},
          {"deviation", preprocessing.standard_deviation},
          {"channel_order", preprocessing.bgr ? "bgr" : "rgb"}};
}

json left_out_json(const std::vector<LeftOut>& left_out) {
  json list = json::array();
  for (const auto& one : left_out)
    list.push_back({{"what", one.what}, {"reason", one.reason}});
  return list;
}

std::vector<Remark> joined(std::vector<Remark> of_reader, const std::vector<Remark>& of_images) {
  of_reader.insert(of_reader.end(), of_images.begin(), of_images.end());
  return of_reader;
}

json remarks_json(const std::vector<Remark>& remarks) {
  json list = json::array();
  for (const auto& one : remarks)
    list.push_back({{"what", one.what}, {"remark", one.text}});
  return list;
}

std::string file_text(const json& record) { return record.dump(1, ' ', false, json::error_handler_t::replace) + "\n"; }

} // namespace scalescope
