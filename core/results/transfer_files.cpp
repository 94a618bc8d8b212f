#include "core/results/transfer_files.h"

#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/network/model_folder.h"
#include "core/probe/folds_json.h"
#include "core/results/detail/record_parts.h"
#include "core/results/detail/training_record.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <opencv2/core/version.hpp>

namespace scalescope {
namespace {

using nlohmann::json;

json spread_json(const std::vector<double>& values) {
  return {{"mean", mean_of(values)}, {"sd", standard_deviation_of(values)}, {"repetitions", values}};
}

json score_json(const TargetScore& score) {
  return {{"r2", spread_json(score.r2)}, {"mae", spread_json(score.error)}, {"kappa", spread_json(score.kappa)}};
}

json layers_json(const Transfer& transfer) {
  json layers = json::array();
  for (const TransferLayer& layer : transfer.layers)
    layers.push_back({{"layer", layer.name},
                      {"depth", layer.depth},
                      {"channels", layer.channels},
                      {"farthest", layer.largest_z_score},
                      {"area", score_json(layer.area)},
                      {"magnification", score_json(layer.magnification)}});
  return layers;
}

json rows_json(const Transfer& transfer, const LabelledSet& set) {
  json rows = json::array();
  for (const Patch& patch : transfer.patches.patches)
    rows.push_back({{"id", patch.id},
                    {"group", set.images[patch.image].id},
                    {"magnification", patch.magnification},
                    {"x", patch.x},
                    {"y", patch.y},
                    {"side", patch.side},
                    {"nuclei", patch.nuclei},
                    {"area", patch.area}});
  return rows;
}

json record_of(const Transfer& transfer, const Network& network, const TransferContext& context) {
  const TransferSettings& settings = context.settings;
  return {{"format", "scalescope transfer 1"},
          {"model", model_json(network)},
          {"data", {{"path", std::filesystem::absolute(context.data).string()}, {"name", context.set.name}}},
          {"settings",
           {{"layers", settings.layers},
            {"auto_layer_given", settings.auto_layer},
            {"magnifications", settings.patches.magnifications},
            {"native_magnification", settings.patches.native},
            {"input_size", settings.patches.side},
            {"patches", settings.patches.patches},
            {"least_nuclei", settings.patches.least_nuclei},
            {"split_masks", settings.patches.split_masks},
            {"patch_seed", settings.patches.seed},
            {"protocol", text_of(settings.protocol)},
            {"repetitions", settings.repetitions},
            {"seed", settings.seed},
            {"batch", settings.batch},
            {"device", context.run.device},
            {"preprocessing", preprocessing_json(settings.preprocessing, context.preprocessing_reason)}}},
          {"run", run_json(network)},
          {"versions", {{"scalescope", context.version}, {"engine", network.info().engine}, {"opencv", CV_VERSION}}},
          {"targets",
           {{"area", "mean area of the nuclei completely inside, in pixels of the patch"},
            {"magnification", "log2 of the magnification"}}},
          {"classes", transfer.magnifications},
          {"layers", layers_json(transfer)},
          {"full_layer", transfer.full_layer},
          {"auto_layer", transfer.auto_layer},
          {"mae_of_guessing_the_mean",
           {{"area", transfer.baseline_area_error}, {"magnification", transfer.baseline_magnification_error}}},
          {"rows", rows_json(transfer, context.set)},
          {"left_out", left_out_json(left_out_of(transfer, context))},
          {"remarks", remarks_json(transfer.patches.remarks)},
          {"folds", to_json(transfer.folds)},
          {"patches", {{"network", transfer.tally.from_network}, {"cache", transfer.tally.from_cache}}},
          {"seconds",
           {{"patches_and_network", transfer.seconds},
            {"running", transfer.tally.run_seconds},
            {"fitting", transfer.fit_seconds}}}};
}

std::string transfer_csv(const Transfer& transfer) {
  std::string text = "layer,depth,channels";
  for (const char* target : {"area", "magnification"})
    for (const char* measure : {"r2", "mae", "kappa"})
      text += fmt::format(",{0}_{1}_mean,{0}_{1}_sd", target, measure);
  text += '\n';
  for (const TransferLayer& layer : transfer.layers) {
    text += fmt::format("{},{},{}", csv_field(layer.name), layer.depth, layer.channels);
    for (const TargetScore* score : {&layer.area, &layer.magnification})
      for (const auto* values : {&score->r2, &score->error, &score->kappa})
        text += fmt::format(",{},{}", mean_of(*values), standard_deviation_of(*values));
    text += '\n';
  }
  return text;
}

} // namespace

std::vector<LeftOut> left_out_of(const Transfer& transfer, const TransferContext& context) {
  return joined(context.set.left_out, transfer.patches.left_out);
}

std::vector<double> values_of(const TrainedLayer& layer, double TrainingRun::*measure) {
  std::vector<double> values;
  for (const TrainingRun& run : layer.runs)
    if (run.tested)
      values.push_back(run.*measure);
  return values;
}

std::string archive_name(const std::string& layer) { return "fine-tuned/" + layer + ".pt"; }

std::vector<std::filesystem::path> inputs_of(const TransferContext& context) {
  std::vector<std::filesystem::path> files = files_of_model(context.model.file);
  for (const LabelledImage& image : context.set.images) {
    files.push_back(image.file);
    files.insert(files.end(), image.masks.begin(), image.masks.end());
  }
  return files;
}

std::vector<std::string> transfer_record_files(std::span<const std::string> trained) {
  std::vector<std::string> names{"transfer.csv", "transfer.json"};
  if (!trained.empty())
    names.emplace_back("fine-tuning.csv");
  for (const std::string& layer : trained)
    names.push_back(archive_name(layer));
  return names;
}

void write_transfer_record(FileSet& files, const Transfer& transfer, const Network& network,
                           const TransferContext& context) {
  json record = record_of(transfer, network, context);
  if (context.training) {
    record["fine_tuning"] = training_json(*context.training, context.training_settings);
    files.write("fine-tuning.csv", training_csv(*context.training));
    for (const TrainedLayer& layer : context.training->layers)
      if (!layer.archive.empty())
        files.write(archive_name(layer.name), layer.archive);
  }
  files.write("transfer.csv", transfer_csv(transfer));
  files.write("transfer.json", file_text(record));
}

} // namespace scalescope
