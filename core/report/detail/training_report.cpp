#include "core/report/detail/training_report.h"

#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/report/curve_figure.h"
#include "core/report/svg_text.h"
#include "core/results/record.h"

#include <fmt/format.h>

#include <algorithm>

namespace scalescope {
namespace {

using nlohmann::json;

/// One measure of the runs that were tested.
std::vector<double> values_of(const TrainedLayer& layer, double TrainingRun::*measure) {
  std::vector<double> values;
  for (const TrainingRun& run : layer.runs)
    if (run.tested)
      values.push_back(run.*measure);
  return values;
}

std::string spread_or_dash(const std::vector<double>& values, int decimals) {
  return values.empty() ? "-"
                        : fmt::format("{} ± {}", readable(mean_of(values), decimals),
                                      readable(standard_deviation_of(values), decimals));
}

json spread_json(const std::vector<double>& values) {
  if (values.empty())
    return nullptr;
  return {{"mean", mean_of(values)}, {"sd", standard_deviation_of(values)}};
}

json run_json(const TrainingRun& run) {
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

ReportTable score_table(const Transfer& transfer, const TransferTraining& training) {
  ReportTable table{{"layer", "trained: MAE, px", "R²", "κ", "runs", "linear probe: MAE, px", "R²", "κ"}, {}, 1};
  for (const TrainedLayer& layer : training.layers) {
    const auto probe = std::ranges::find(transfer.layers, layer.name, &TransferLayer::name);
    const bool probed = probe != transfer.layers.end();
    table.rows.push_back({layer.name, spread_or_dash(values_of(layer, &TrainingRun::error), 1),
                          spread_or_dash(values_of(layer, &TrainingRun::r2), 3),
                          spread_or_dash(values_of(layer, &TrainingRun::kappa), 3),
                          std::to_string(values_of(layer, &TrainingRun::error).size()),
                          probed ? spread_or_dash(probe->area.error, 1) : "-",
                          probed ? spread_or_dash(probe->area.r2, 3) : "-",
                          probed ? spread_or_dash(probe->area.kappa, 3) : "-"});
  }
  return table;
}

/// Losses of all runs of a layer: validation in colour, training in grey.
CurveFigure loss_figure(const TrainedLayer& layer) {
  CurveFigure figure;
  figure.title = fmt::format("Losses of the network trained up to {}", layer.name);
  figure.subtitle = "Mean squared error of the standardised area; guessing the mean gives about 1";
  figure.y_label = "loss";
  figure.x_label = "epoch";
  figure.mark_peak = false;
  std::size_t longest = 0;
  for (const TrainingRun& run : layer.runs) {
    longest = std::max(longest, run.epochs.size());
    CurveSeries validation{fmt::format("validation, seed {}", run.seed), {}, {}, false};
    CurveSeries learning{fmt::format("training, seed {}", run.seed), {}, {}, true};
    for (const Epoch& epoch : run.epochs) {
      validation.mean.push_back(epoch.validation_loss);
      learning.mean.push_back(epoch.training_loss);
    }
    figure.series.push_back(std::move(validation));
    figure.series.push_back(std::move(learning));
  }
  for (std::size_t epoch = 1; epoch <= longest; ++epoch)
    figure.layers.push_back(std::to_string(epoch));
  return figure;
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
      runs.push_back(run_json(run));
    layers.push_back({{"layer", layer.name},
                      {"mae", spread_json(values_of(layer, &TrainingRun::error))},
                      {"r2", spread_json(values_of(layer, &TrainingRun::r2))},
                      {"kappa", spread_json(values_of(layer, &TrainingRun::kappa))},
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

std::string archive_name(const std::string& layer) { return "fine-tuned/" + layer + ".pt"; }

void add_training(HtmlReport& report, const Transfer& transfer, const TransferTraining& training,
                  const TransferTrainingSettings& settings) {
  report.section("Fine-tuned networks")
      .paragraph(fmt::format(
          "The network up to a layer, with pooling and a new linear layer, was trained end to end to return the mean "
          "area of the nuclei: Adam, learning rate {}, batches of {}, {} epochs, {} runs per layer. In each run, a "
          "fifth of the images was held out for the test and another fifth for validation. The state after the epoch "
          "with the lowest validation loss was tested. The linear probe of the same layer is shown for comparison; its "
          "numbers are over all patches and more repetitions.",
          settings.training.learning_rate, settings.training.batch, settings.training.epochs, settings.runs))
      .table(score_table(transfer, training));
  if (training.stopped)
    report.paragraph("The training was stopped before all runs were finished; the report shows the results so far.");
  if (!training.failure.empty())
    report.paragraph("Training ended early: " + training.failure);
  for (const TrainedLayer& layer : training.layers)
    if (std::ranges::any_of(layer.runs, [](const TrainingRun& run) { return !run.epochs.empty(); }))
      report.figure(to_svg(loss_figure(layer)),
                    "Loss after each epoch: validation in colour, training (with dropout, before each step) in grey. "
                    "The network of the run with the lowest validation error is " +
                        archive_name(layer.name) + ".");
}

} // namespace scalescope
