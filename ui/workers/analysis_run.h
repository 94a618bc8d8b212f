#pragma once

#include "ui/workers/network_worker.h"
#include "ui/workspace/analysis_results.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <memory>

namespace scalescope {

/// The analysis of the window: starts, stops and saves it, and holds its results. It sends requests to the worker and
/// never waits.
class AnalysisRun : public QObject {
  Q_OBJECT

 public:
  explicit AnalysisRun(NetworkWorker& worker, QObject* parent = nullptr);

  /// @param network must be the worker's network.
  void start(AnalysisRequest request, std::shared_ptr<const NetworkInfo> network);
  void stop(); ///< within one batch; the results so far stay
  [[nodiscard]] bool running() const { return running_; }
  [[nodiscard]] const AnalysisResults& results() const { return results_; }
  /// Sets results that were not computed here: those of a session, or none for another network.
  void set_results(AnalysisResults results);

  /// Whether there is a complete analysis with its features; false after a stop, and for results of a session.
  [[nodiscard]] bool can_save() const { return analysis_ != nullptr; }
  /// Writes the files of `scalescope-cli analyze` into the folder.
  /// @param open_files must not be overwritten, in addition to those of the analysis.
  void save(const QString& folder, bool features, std::vector<std::filesystem::path> open_files = {});

 signals:
  void changed(); ///< results() have changed; at most ten times a second during an analysis
  void progressed(const QString& text, int done, int total);
  void finished(const QString& message); ///< running() is over: done, stopped or failed
  void failed(const QString& what);
  void noted(const QString& what);
  void saved(const QString& folder);

 private:
  [[nodiscard]] bool is_running(std::uint64_t serial) const { return running_ && serial == serial_; }
  void show_progress(const JobProgress& progress);
  void finish(const QString& message);

  NetworkWorker& worker_;
  AnalysisRequest request_;
  AnalysisResults results_;
  std::shared_ptr<const Analysis> analysis_;
  std::shared_ptr<const NetworkInfo> network_; ///< the network of the analysis
  std::uint64_t serial_ = 0;                   ///< of the latest request
  bool running_ = false;
  QTimer growth_;          ///< collects values that arrive together into one signal
  QElapsedTimer time_;     ///< since the start
  qint64 stage_start_ = 0; ///< ms
  qint64 last_report_ = 0; ///< ms
  std::string stage_;
};

} // namespace scalescope
