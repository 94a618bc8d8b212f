#pragma once

#include "ui/workers/network_worker.h"
#include "ui/workspace/analysis_results.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <memory>

namespace scalescope {

/// The analysis of the window: started, stopped, saved, and what is known of it. It asks the worker and never waits.
class AnalysisRun : public QObject {
  Q_OBJECT

 public:
  explicit AnalysisRun(NetworkWorker& worker, QObject* parent = nullptr);

  /// @param network the one that the worker holds.
  void start(AnalysisRequest request, std::shared_ptr<const NetworkInfo> network);
  void stop(); ///< within one batch; what is known stays
  [[nodiscard]] bool running() const { return running_; }
  [[nodiscard]] const AnalysisResults& results() const { return results_; }
  /// Results that came from elsewhere: a session's, or none for another network.
  void set_results(AnalysisResults results);

  /// Whether there is a whole analysis with its features: not after one was stopped, nor from a session.
  [[nodiscard]] bool can_save() const { return analysis_ != nullptr; }
  /// Writes the files of `scalescope-cli analyze` into the folder.
  /// @param open_files beside those of the analysis: not to be replaced.
  void save(const QString& folder, bool features, std::vector<std::filesystem::path> open_files = {});

 signals:
  void changed(); ///< results() are others; while values keep coming, ten times a second
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
  std::shared_ptr<const NetworkInfo> network_; ///< that it is of
  std::uint64_t serial_ = 0;                   ///< of the latest request
  bool running_ = false;
  QTimer growth_; ///< many values come at once: told together
  QElapsedTimer stage_time_;
  std::string stage_;
};

} // namespace scalescope
