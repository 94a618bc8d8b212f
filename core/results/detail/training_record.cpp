#include "core/results/detail/training_record.h"

#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/results/transfer_files.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace scalescope {
namespace {

using nlohmann::json;

json spread_or_null(const std::vector<double>& values) {
  if (values.empty())
    return nullptr;
  return {{"mean", mean_of(values)}, {"sd", standard_deviation_of(values)}};
}

json training_run_json(const TrainingRun& run) {
  json epochs = json::array();
  for (const Epoch& epoch : run.epochs)
    epochs.push_back({{"training_loss", epoch.training_loss},
                      {"validation_loss", epoch.validation_loss},
                      {"validation_mae", epoch.validation_error}});
  json record{{"seed", run.seed},
              {"patches", {{"training", run.training}, {"validation", run.validation}, {"test", run.test}}},
              {"epochs", epochs},
              {"best_epoch", run.best_epoch}};
  if (run.tested)
    record["test"] = {{"mae", run.error}, {"r2", run.r2}, {"kappa", run.kappa}};
  if (!run.ended_early.empty())
    record["ended_early"] = run.ended_early;
  return record;
}

} // namespace

std::string training_csv(const TransferTraining& training) {
  std::string text = "layer,seed,epoch,best,training_loss,validation_loss,validation_mae\n";
  for (const TrainedLayer& layer : training.layers)
    for (const TrainingRun& run : layer.runs)
      for (std::size_t e = 0; e < run.epochs.size(); ++e)
        text += fmt::format("{},{},{},{},{},{},{}\n", csv_field(layer.name), run.seed, e + 1,
                            static_cast<int>(e) + 1 == run.best_epoch ? 1 : 0, run.epochs[e].training_loss,
                            run.epochs[e].validation_loss, run.epochs[e].validation_error);
  return text;
}

json training_json(const TransferTraining& training, const TransferTrainingSettings& settings) {
  json layers = json::array();
  for (const TrainedLayer& layer : training.layers) {
    json runs = json::array();
    for (const TrainingRun& run : layer.runs)
      runs.push_back(training_run_json(run));
    layers.push_back({{"layer", layer.name},
                      {"mae", spread_or_null(values_of(layer, &TrainingRun::error))},
                      {"r2", spread_or_null(values_of(layer, &TrainingRun::r2))},
                      {"kappa", spread_or_null(values_of(layer, &TrainingRun::kappa))},
                      {"archive", layer.archive.empty() ? json(nullptr) : json(archive_name(layer.name))},
                      {"runs", runs}});
  }
  return {{"target", "area"},
          {"optimizer", "Adam"},
          {"learning_rate", settings.training.learning_rate},
          {"batch", settings.training.batch},
          {"epochs", settings.training.epochs},
          {"seed", settings.training.seed},
          {"runs", settings.runs},
          {"layers", layers},
          {"stopped", training.stopped},
          {"failure", training.failure},
          {"seconds", training.seconds}};
}

} // namespace scalescope
