#include "core/results/direction_files.h"

#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/network/class_derivatives.h"
#include "core/results/detail/record_parts.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scalescope {

using nlohmann::json;

namespace {

// What was done, with what and on what.
json description_of(const Directions& directions, const Network& network, const DirectionContext& context) {
  const DirectionSettings& settings = context.settings;
  return {{"format", "scalescope direction 1"},
          {"model", model_json(network)},
          {"data",
           {{"path", std::filesystem::absolute(context.data).string()},
            {"name", context.samples.name},
            {"target", context.samples.target_name},
            {"rows", directions.rows}}},
          {"settings",
           {{"repetitions", settings.repetitions},
            {"permutations", settings.permutations},
            {"seed", settings.seed},
            {"class", settings.wanted_class ? std::to_string(*settings.wanted_class) : "each image's likeliest"},
            {"differentiated", "output before the softmax, by LibTorch in float32"},
            {"input_size", network.info().input_size},
            {"batch", settings.extraction.batch},
            {"preprocessing", preprocessing_json(settings.extraction.preprocessing, context.preprocessing_reason)}}},
          {"run", run_json(network)},
          {"versions",
           {{"scalescope", context.version},
            {"engine", network.info().engine},
            {"derivatives", ClassDifferentiator::engine()}}}};
}

json layers_json(const Directions& directions) {
  json layers = json::array();
  for (const LayerDirection& l : directions.layers) // NaN becomes null
    layers.push_back({{"name", l.layer},
                      {"depth", l.depth},
                      {"channels", l.direction.size()},
                      {"r2", l.score.r2},
                      {"farthest", l.score.largest_z_score},
                      {"cosine_halves", l.halves},
                      {"cosine_halves_permuted", l.halves_by_chance},
                      {"cosine_small_large", l.small_to_large},
                      {"sensitivity_mean", l.mean_sensitivity()},
                      {"sensitivity_sd", l.sensitivity_deviation()},
                      {"positive", l.positive()},
                      {"relevance", l.relevance()},
                      {"p", l.p()},
                      {"sensitivity_means_permuted", l.means_by_chance},
                      {"positive_permuted", l.positive_by_chance}});
  return layers;
}

json record_of(const Directions& directions, const Network& network, const DirectionContext& context) {
  json record = description_of(directions, network, context);
  record["layers"] = layers_json(directions);
  record["left_out"] = left_out_json(left_out_of(directions, context));
  record["remarks"] = remarks_json(remarks_of(directions, context));
  return record;
}

std::string layers_csv(const Directions& directions) {
  std::string text = "layer,depth,channels,r2_mean,r2_sd,halves_mean,halves_sd,permuted_mean,permuted_sd,small_large,"
                     "sensitivity_mean,sensitivity_sd,positive,positive_permuted,relevance,p\n";
  for (const LayerDirection& l : directions.layers)
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_field(l.layer), l.depth,
                        l.direction.size(), csv_number(l.score.mean()), csv_number(l.score.standard_deviation()),
                        mean_of(l.halves), standard_deviation_of(l.halves), mean_of(l.halves_by_chance),
                        standard_deviation_of(l.halves_by_chance), l.small_to_large, csv_number(l.mean_sensitivity()),
                        csv_number(l.sensitivity_deviation()), csv_number(l.positive()),
                        csv_number(l.positive_by_chance_mean()), csv_number(l.relevance()), csv_number(l.p()));
  return text;
}

std::string images_csv(const Directions& directions) {
  std::string text = "picture,class,output,layer,sensitivity\n";
  for (std::size_t i = 0; i < directions.images.size(); ++i)
    for (const LayerDirection& l : directions.layers)
      if (!l.sensitivity.empty())
        text += fmt::format("{},{},{},{},{}\n", csv_field(directions.images[i].id), directions.images[i].of_class,
                            directions.images[i].output, csv_field(l.layer), l.sensitivity[i]);
  return text;
}

std::string vectors_csv(const Directions& directions) {
  std::string text = "layer,channel,value\n";
  for (const LayerDirection& l : directions.layers)
    for (std::size_t c = 0; c < l.direction.size(); ++c)
      text += fmt::format("{},{},{}\n", csv_field(l.layer), c, l.direction[c]);
  return text;
}

} // namespace

std::vector<LeftOut> left_out_of(const Directions& directions, const DirectionContext& context) {
  return joined(context.samples.left_out, directions.left_out);
}

std::vector<Remark> remarks_of(const Directions& directions, const DirectionContext& context) {
  return joined(context.samples.remarks, directions.remarks);
}

Facts facts_of(const Directions& directions, const Network& network, const DirectionContext& context) {
  return facts_of(description_of(directions, network, context), {"model", "data", "settings", "run", "versions"});
}

std::vector<std::string> direction_record_files() {
  return {"direction.csv", "sensitivity.csv", "vectors.csv", "direction.json"};
}

void write_direction_record(FileSet& files, const Directions& directions, const Network& network,
                            const DirectionContext& context) {
  files.write("direction.csv", layers_csv(directions));
  files.write("sensitivity.csv", images_csv(directions));
  files.write("vectors.csv", vectors_csv(directions));
  files.write("direction.json", file_text(record_of(directions, network, context)));
}

} // namespace scalescope
