#include "core/report/detail/training_report.h"

#include "core/base/statistics.h"
#include "core/report/curve_figure.h"
#include "core/report/svg_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace scalescope {
namespace {

std::string spread_or_dash(const std::vector<double>& values, int decimals) {
  return values.empty() ? "-"
                        : fmt::format("{} ± {}", readable(mean_of(values), decimals),
                                      readable(standard_deviation_of(values), decimals));
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
