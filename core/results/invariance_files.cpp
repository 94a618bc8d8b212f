#include "core/results/invariance_files.h"

#include "core/base/text.h"
#include "core/results/detail/record_parts.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scalescope {

using nlohmann::json;

namespace {

json steps_json(const std::vector<InvarianceStep>& steps) {
  json list = json::array();
  for (const InvarianceStep& step : steps)
    list.push_back({{"value", step.value},
                    {"pictures", step.images},
                    {"agreement", step.agreement}, // NaN becomes null
                    {"probability", step.probability},
                    {"cosine_mean", step.cosine},
                    {"cosine_sd", step.cosine_deviation}});
  return list;
}

// What was done, with what and on what.
json description_of(const Invariance& invariance, const Network& network, const InvarianceContext& context) {
  return {{"format", "scalescope invariance 1"},
          {"model", model_json(network)},
          {"data", {{"path", std::filesystem::absolute(context.data).string()}, {"name", context.samples.name}}},
          {"settings",
           {{"reference_size", invariance.reference_size},
            {"batch", context.settings.batch},
            {"scales", context.rendering.scales},
            {"smallest_scale", context.rendering.smallest},
            {"largest_scale", context.rendering.largest},
            {"most_enlarged", context.rendering.most_enlarged},
            {"seed", context.rendering.seed},
            {"preprocessing", preprocessing_json(context.settings.preprocessing, context.preprocessing_reason)}}},
          {"run", run_json(network)},
          {"versions", {{"scalescope", context.version}, {"engine", network.info().engine}}}};
}

json record_of(const Invariance& invariance, const Network& network, const InvarianceContext& context) {
  json record = description_of(invariance, network, context);
  record["layers"] = invariance.layers;
  record["object_scale"] = steps_json(invariance.object_scale);
  record["image_size"] = steps_json(invariance.image_size);
  record["left_out"] = left_out_json(left_out_of(invariance, context));
  record["remarks"] = remarks_json(remarks_of(invariance, context));
  return record;
}

template <typename Write>
void for_each_step(const Invariance& invariance, const Write& write) {
  for (const InvarianceStep& step : invariance.object_scale)
    write("object scale", step);
  for (const InvarianceStep& step : invariance.image_size)
    write("image size", step);
}

} // namespace

std::string answers_csv(const Invariance& invariance) {
  std::string text = "varied,value,pictures,agreement,probability\n";
  for_each_step(invariance, [&](const char* varied, const InvarianceStep& step) {
    text += fmt::format("{},{},{},{},{}\n", varied, step.value, step.images, csv_number(step.agreement),
                        csv_number(step.probability));
  });
  return text;
}

std::string cosine_csv(const Invariance& invariance) {
  std::string text = "layer,depth,varied,value,cosine_mean,cosine_sd\n";
  for (std::size_t i = 0; i < invariance.layers.size(); ++i)
    for_each_step(invariance, [&](const char* varied, const InvarianceStep& step) {
      text += fmt::format("{},{},{},{},{},{}\n", csv_field(invariance.layers[i]), invariance.depths[i], varied,
                          step.value, csv_number(step.cosine[i]), csv_number(step.cosine_deviation[i]));
    });
  return text;
}

std::vector<LeftOut> left_out_of(const Invariance& invariance, const InvarianceContext& context) {
  return joined(context.samples.left_out, invariance.left_out);
}

std::vector<Remark> remarks_of(const Invariance& invariance, const InvarianceContext& context) {
  return joined(context.samples.remarks, invariance.remarks);
}

Facts facts_of(const Invariance& invariance, const Network& network, const InvarianceContext& context) {
  return facts_of(description_of(invariance, network, context), {"model", "data", "settings", "run", "versions"});
}

std::vector<std::string> invariance_record_files() { return {"answers.csv", "cosine.csv", "invariance.json"}; }

void write_invariance_record(FileSet& files, const Invariance& invariance, const Network& network,
                             const InvarianceContext& context) {
  files.write("answers.csv", answers_csv(invariance));
  files.write("cosine.csv", cosine_csv(invariance));
  files.write("invariance.json", file_text(record_of(invariance, network, context)));
}

} // namespace scalescope
