#include "core/results/analysis_record.h"

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/image/resizing_json.h"
#include "core/network/model_folder.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>

namespace scalescope {

using nlohmann::json;

static Preprocessing preprocessing_of(const json& how) {
  return {how.at("mode"),    how.at("divisor"), how.at("mean"), how.at("deviation"), how.at("channel_order") == "bgr",
          read_resizing(how)};
}

static AnalysisRecord record_of(const json& analysis) {
  const json& settings = analysis.at("settings");
  AnalysisRecord record{.file = {},
                        .model_sha256 = analysis.at("model").value("sha256", ""),
                        .output = analysis.at("model").value("output", ""),
                        .tokens = enum_of<Tokens>(analysis.at("model").value("tokens", "all")).value(),
                        .data = analysis.at("data").at("path").get<std::string>(),
                        .target = analysis.at("data").at("target"),
                        .objects = settings.at("objects"),
                        .classes = settings.value("classes", std::vector<std::string>()),
                        .format = settings.value("format", std::string()),
                        .split_masks = settings.value("split_masks", false),
                        .keep_going = settings.at("keep_going"),
                        .protocol = enum_of<Protocol>(settings.at("protocol").get<std::string>()).value(),
                        .input_size = settings.at("input_size"),
                        .preprocessing = preprocessing_of(settings.at("preprocessing")),
                        .layers = {},
                        .rows = {}};
  const auto number = [](const json& value) {
    return value.is_null() ? -std::numeric_limits<double>::infinity() : value.get<double>();
  };
  for (const json& layer : analysis.at("layers"))
    record.layers.push_back({layer.at("layer"), number(layer.at("r2_mean")), number(layer.at("r2_sd")),
                             layer.value("r2_standard_error", std::numeric_limits<double>::quiet_NaN())});
  for (const json& row : analysis.at("rows"))
    record.rows.push_back({row.at("id"), {}, row.at("group"), row.at("target")});
  return record;
}

const LayerR2& AnalysisRecord::best() const { return *std::ranges::max_element(layers, {}, &LayerR2::mean); }

void AnalysisRecord::check_model(const ModelSource& source) const {
  if (model_sha256 != (source.file.empty() ? "" : sha256_of_model(source.file)))
    throw Error(fmt::format(
        "{} is the analysis of another network, not of {} (their SHA-256 differ); give the analysis of this network.",
        file.string(), source.file.empty() ? source.architecture : source.file.string()));
}

AnalysisRecord read_analysis(const std::filesystem::path& file) {
  const json analysis = json::parse(read_file(file), nullptr, false);
  if (analysis.is_discarded())
    throw Error(
        fmt::format("{} is not JSON, or is incomplete; give the analysis.json that 'analyze' wrote.", file.string()));
  try {
    AnalysisRecord record = record_of(analysis);
    record.file = file;
    if (!record.layers.empty())
      return record;
  } catch (const json::exception&) { // reported below
  } catch (const std::bad_optional_access&) {
  }
  throw Error(
      fmt::format("{} is not an analysis of images; give the analysis.json that 'analyze' wrote.", file.string()));
}

} // namespace scalescope
