#pragma once

#include "core/experiment/analysis.h"
#include "core/experiment/fit.h"
#include "core/experiment/sweep.h"
#include "core/features/layer_inspector.h"
#include "core/jobs/analyze_job.h"
#include "core/jobs/transfer_job.h"
#include "core/prune/prune.h"
#include "core/stage/composite.h"
#include "ui/workers/queued_invoker.h"

#include <QObject>

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <type_traits>

namespace scalescope {

/// What the stage asks the network.
struct LookRequest {
  std::uint64_t serial = 0; ///< the asker's, to tell answers apart
  StageState state;
  std::string layer;
  Preprocessing preprocessing;
};

/// The answer. The maps come as soon as they are there; the classes with them, or a little later.
struct LookAnswer {
  std::uint64_t serial = 0;
  std::shared_ptr<const Frame> frame;
  std::shared_ptr<const LayerMaps> maps;           ///< null in an answer that only brings the classes
  std::optional<std::vector<float>> probabilities; ///< nothing: they follow; empty: the network has no classes
  double milliseconds = 0;                         ///< of the forward pass
};

/// A sweep: the same look at many states.
struct SweepRequest {
  std::uint64_t serial = 0;
  std::vector<StageState> states;
  std::string layer;
  Preprocessing preprocessing;
};
/// What to analyse, and what to write down about it.
struct AnalysisRequest {
  std::uint64_t serial = 0; ///< the asker's, to tell answers apart
  AnalyzeJob job;           ///< what the dialog chose,
  CurvePlan plan;           ///< what that comes to for the network,
  SampleSet samples;        ///< and those that the rule for images with several objects left
  bool runs_again = false;  ///< the job alone says it all: its data is one data set, as it is
};

/// What a job comes to for a network and samples that are known already. @throws Error as plan_of, and where the rule
/// for images with several objects leaves none.
[[nodiscard]] AnalysisRequest request_of(const AnalyzeJob& job, const SampleSet& samples, const NetworkInfo& network);

/// An analysis to write into a folder.
struct SaveRequest {
  std::shared_ptr<const Analysis> analysis;
  std::shared_ptr<const NetworkInfo> network; ///< that it is of
  AnalysisRequest request;
  QString folder;
  bool features = false;                         ///< with the pooled features
  std::vector<std::filesystem::path> open_files; ///< beside those of the analysis: not to be replaced
};

/// A network to cut.
struct PruneRequest {
  std::uint64_t serial = 0;                   ///< the asker's, to tell answers apart
  std::shared_ptr<const NetworkInfo> network; ///< that it is about
  PruneSettings settings;
};

/// Networks to train for `transfer`.
struct FineTuneRequest {
  std::uint64_t serial = 0;                   ///< the asker's, to tell answers apart
  std::shared_ptr<const NetworkInfo> network; ///< that it is about
  FineTuneJob job;                            ///< its `out` is for whoever saves the answer
};

/// What came of it, with all that is needed to write it down.
struct FineTuneAnswer {
  FineTuneRequest request;
  TransferResult result;
};

/// The one thread that owns the network. Looks go before everything else, and only the latest that waits is answered;
/// a long job lets them in between two batches. Signals come in the thread that made it.
class NetworkWorker : public QObject {
  Q_OBJECT

 public:
  explicit NetworkWorker(QObject* parent = nullptr);
  /// Stops what is running within one batch. If the network takes longer than one and a half seconds for that, the
  /// program ends with exit status 130.
  ~NetworkWorker() override;

  /// Reads a network beside the one that is held, between two batches of what is running: loaded() or open_failed()
  /// follows. Whoever hears loaded() takes or drops it.
  void open(const ModelSource& source, const RunOptions& options);
  /// Holds it in place of the one before: opened() follows. Stops what is about that.
  void take(const std::shared_ptr<const NetworkInfo>& loaded);
  void drop(const std::shared_ptr<const NetworkInfo>& loaded);
  [[nodiscard]] bool opening() const { return opening_ > 0; } ///< until opened(), open_failed() or drop()
  void look(LookRequest request);
  void sweep(SweepRequest request);
  void analyse(AnalysisRequest request);
  void cancel_analysis();
  void save_results(SaveRequest request);
  void prune(PruneRequest request); ///< stops one that was asked for before
  void cancel_prune();
  void fine_tune(FineTuneRequest request); ///< stops one that was asked for before; looks go in between batches
  void cancel_fine_tuning();
  /// Writes the files of `scalescope-cli transfer --fine-tune`. fine_tuning_failed() tells an error.
  /// @param open_files beside those of the training: not to be replaced.
  void save_fine_tuning(std::shared_ptr<const FineTuneAnswer> answer, QString folder,
                        std::vector<std::filesystem::path> open_files);
  [[nodiscard]] std::uint64_t looks_computed() const; ///< since the start; for measurements

 signals:
  void loaded(std::shared_ptr<const scalescope::NetworkInfo> network);
  void opened(std::shared_ptr<const scalescope::NetworkInfo> network);
  void open_failed(QString what);
  void looked(scalescope::LookAnswer answer);
  void look_failed(QString what);
  void swept(std::uint64_t serial, std::vector<scalescope::SweepPoint> points);
  void sweep_failed(QString what);
  void noted(QString note);
  // Of an analysis; `serial` is its request's.
  void progressed(scalescope::JobProgress progress, std::uint64_t serial);
  void fitted_part(scalescope::PartialCurve part, std::uint64_t serial);
  /// @param regressions one a layer, of the target on the layer's pooled features.
  void analysed(std::shared_ptr<const scalescope::Analysis> analysis,
                std::shared_ptr<const std::vector<scalescope::Regression>> regressions, std::uint64_t serial);
  void analysis_failed(QString what, std::uint64_t serial); ///< empty: it was cancelled
  void results_saved(QString folder);
  void saving_failed(QString what);
  void pruned(std::uint64_t serial, std::shared_ptr<const scalescope::PruneResult> result);
  void prune_failed(std::uint64_t serial, QString what);
  void fine_tuning(std::uint64_t serial, scalescope::TransferTrainingProgress progress);
  void fine_tuning_progressed(std::uint64_t serial, scalescope::JobProgress progress); ///< of the whole job
  void fine_tuned(std::uint64_t serial, std::shared_ptr<const scalescope::FineTuneAnswer> answer);
  void fine_tuning_failed(std::uint64_t serial, QString what); ///< or its saving; empty: stopped, nothing was learnt
  void fine_tuning_saved(QString folder);

 private:
  using Job = std::function<void(const std::stop_token&)>;
  void post(Job job);
  /// Emits a signal at home.
  template <typename... Arguments>
  void tell(void (NetworkWorker::*signal)(Arguments...), std::type_identity_t<Arguments>... arguments) {
    invoker_.call([this, signal, ... arguments = std::move(arguments)] { (this->*signal)(arguments...); });
  }
  void work(const std::stop_token& stop);
  void serve(); ///< what goes between two batches of a job
  void serve_look();
  void serve_opening();
  void answer(const LookRequest& request);
  std::stop_token begin(std::stop_source& job); ///< stops the one before it
  [[nodiscard]] TransferResult trained(const FineTuneRequest& request, const std::stop_token& stop);
  void fit_beside(Collected collected, const AnalysisRequest& request, const JobCallback& whole,
                  const std::stop_token& stop);
  [[nodiscard]] bool newer_look_waits();
  void report_new_notes();

  struct Opening {
    ModelSource source;
    RunOptions options;
  };
  struct Loaded {
    std::shared_ptr<const NetworkInfo> known;
    std::unique_ptr<Network> network;
    std::unique_ptr<LayerInspector> inspector; ///< last: its plans go before the network
  };

  QueuedInvoker invoker_;
  int opening_ = 0;          ///< how many networks; of the thread that made it
  mutable std::mutex mutex_; ///< guards what follows
  std::condition_variable_any wake_;
  std::deque<Job> jobs_;
  std::deque<Opening> openings_;
  std::optional<LookRequest> waiting_look_;
  std::stop_source analysis_stop_;
  std::stop_source prune_stop_;
  std::stop_source fine_tune_stop_;
  std::uint64_t looks_computed_ = 0;

  // Of the worker's thread alone.
  std::unique_ptr<Network> network_;
  std::unique_ptr<LayerInspector> inspector_;
  std::shared_ptr<const NetworkInfo> known_;
  std::vector<Loaded> loaded_; ///< to be taken or dropped
  std::size_t notes_reported_ = 0;
  double whole_pass_ms_ = 0;                            ///< of the last look that went to the end
  std::chrono::steady_clock::time_point classes_shown_; ///< when the last look went to the end

  std::jthread fitter_;
  std::promise<void> ended_; ///< kept when the thread has done its last
  std::jthread thread_;      ///< last: joined first
};

} // namespace scalescope
