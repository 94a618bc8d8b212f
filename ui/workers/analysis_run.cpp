#include "ui/workers/analysis_run.h"

#include "core/experiment/fit.h"
#include "ui/workspace/sample_model.h"

#include <QCoreApplication>
#include <QLocale>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace scalescope {

AnalysisRun::AnalysisRun(NetworkWorker& worker, QObject* parent) : QObject(parent), worker_(worker) {
  growth_.setSingleShot(true);
  growth_.setInterval(100);
  connect(&growth_, &QTimer::timeout, this, &AnalysisRun::changed);
  // Answers to an earlier request may still arrive.
  connect(&worker_, &NetworkWorker::progressed, this, [this](const JobProgress& progress, std::uint64_t serial) {
    if (is_running(serial))
      show_progress(progress);
  });
  connect(&worker_, &NetworkWorker::fitted_part, this, [this](const CurvePoint& part, std::uint64_t serial) {
    if (!is_running(serial))
      return;
    results_.add(part);
    if (!growth_.isActive())
      growth_.start();
  });
  connect(&worker_, &NetworkWorker::analyzed, this,
          [this](const std::shared_ptr<const Analysis>& analysis,
                 const std::shared_ptr<const std::vector<Regression>>& fitted, std::uint64_t serial) {
            if (!is_running(serial))
              return;
            analysis_ = analysis;
            results_.finish(*analysis, *fitted, request_.samples);
            auto notes = analysis->extraction.notes; // one message, because the next would replace it
            notes.insert(notes.end(), analysis->notes.begin(), analysis->notes.end());
            std::erase(notes, results_.sensitivity_note); // the curve says it
            if (const std::vector<Remark>& remarks = analysis->extraction.remarks; !remarks.empty())
              notes.push_back(summary_of(remarks).toStdString());
            if (!notes.empty())
              emit noted(QString::fromStdString(fmt::format("{}", fmt::join(notes, "\n"))));
            finish(tr("Analysed %1 rows, %2 left out; the peak is at %3.")
                       .arg(analysis->extraction.rows.size())
                       .arg(analysis->extraction.left_out.size() + request_.samples.left_out.size())
                       .arg(QString::fromStdString(analysis->layers[analysis->peak()].name)));
          });
  connect(&worker_, &NetworkWorker::analysis_failed, this, [this](const QString& what, std::uint64_t serial) {
    if (!is_running(serial))
      return;
    finish(what.isEmpty() ? tr("The analysis was stopped; the part of the curve that is known stays.")
                          : tr("The analysis failed."));
    if (!what.isEmpty())
      emit failed(what);
  });
  connect(&worker_, &NetworkWorker::results_saved, this, &AnalysisRun::saved);
  connect(&worker_, &NetworkWorker::saving_failed, this, &AnalysisRun::failed);
}

void AnalysisRun::start(AnalysisRequest request, std::shared_ptr<const NetworkInfo> network) {
  request.serial = ++serial_;
  network_ = std::move(network);
  request_ = request;
  analysis_.reset();
  results_ = {};
  results_.network = network_->name;
  results_.target = request_.samples.target_name;
  results_.title = "R² of " + request_.samples.target_name + " by layer";
  results_.subtitle = results_.network + " · " + request_.samples.name;
  for (const auto& name : request_.setup.settings.extraction.layers) {
    const auto found = std::ranges::find_if(
        network_->layers, [&](const Layer& layer) { return layer.name == name && layer.has_output(); });
    results_.layers.push_back(name);
    results_.depths.push_back(found->depth);
    results_.channels.push_back(found->features(network_->source.tokens));
  }
  if (request_.runs_again)
    results_.job = request_.job;
  running_ = true;
  stage_.clear();
  time_.start();
  stage_start_ = last_report_ = 0;
  worker_.analyze(std::move(request));
  emit changed();
}

void AnalysisRun::stop() { worker_.cancel_analysis(); }

void AnalysisRun::set_results(AnalysisResults results) {
  analysis_.reset();
  results_ = std::move(results);
  if (running_)
    finish(tr("The analysis was stopped: another network was opened."));
  else
    emit changed();
}

void AnalysisRun::save(const QString& folder, bool features, std::vector<std::filesystem::path> open_files) {
  worker_.save_results({analysis_, network_, request_, folder, features, std::move(open_files)});
}

void AnalysisRun::finish(const QString& message) {
  running_ = false;
  growth_.stop();
  emit changed();
  emit finished(message);
}

void AnalysisRun::show_progress(const JobProgress& progress) {
  if (progress.stage != stage_) { // it began where the one before ended: what is done already took time
    stage_ = progress.stage;
    stage_start_ = last_report_;
  }
  last_report_ = time_.elapsed();
  const double seconds = std::max(static_cast<double>(last_report_ - stage_start_) / 1000, 1e-3);
  const auto done = static_cast<double>(progress.done);
  const QLocale locale;
  const double rate = done / seconds;
  const QString left =
      locale.toString(progress.done > 0 ? seconds * (static_cast<double>(progress.total) - done) / done : 0, 'f', 0);
  emit progressed(progress.stage == "fitting"
                      ? tr("Fitting, %1 s left").arg(left)
                      : tr("%1: %2 of %3 images, %4 images/s, %5 s left")
                            .arg(progress.stage == "images" ? tr("Network") : tr("Random weights"))
                            .arg(progress.done)
                            .arg(progress.total)
                            .arg(locale.toString(rate, 'f', rate < 10 ? 1 : 0), left),
                  static_cast<int>(1000 * progress.whole), 1000);
}

} // namespace scalescope
