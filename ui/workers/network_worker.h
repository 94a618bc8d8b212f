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

/// A request of the stage to the network.
struct LookRequest {
  std::uint64_t serial = 0; ///< chosen by the sender, to recognise the answer
  StageState state;
  std::string layer;
  Preprocessing preprocessing;
};

/// The answer to a look. The maps are sent as soon as they are computed; the classes with them, or a little later.
struct LookAnswer {
  std::uint64_t serial = 0;
  std::shared_ptr<const Frame> frame;
  std::shared_ptr<const LayerMaps> maps;           ///< null in an answer that has only the classes
  std::optional<std::vector<float>> probabilities; ///< no value: they follow later; empty: the network has no classes
  double milliseconds = 0;                         ///< of the forward pass
};

/// A sweep: the same request for many states of the object.
struct SweepRequest {
  std::uint64_t serial = 0;
  std::vector<StageState> states;
  std::string layer;
  Preprocessing preprocessing;
};
/// A request to analyse, with what is needed to save the results.
struct AnalysisRequest {
  std::uint64_t serial = 0; ///< chosen by the sender, to recognise the answer
  AnalyzeJob job;           ///< the choices of the dialog
  CurveSetup setup;         ///< these choices for the present network
  SampleSet samples;        ///< the samples that the rule for images with several objects leaves
  bool runs_again = false;  ///< the job alone can repeat it: its data is one unchanged data set
};

/// The request for a job on an open network and samples that were read. @throws Error as setup_of, and where the rule
/// for images with several objects leaves none.
[[nodiscard]] AnalysisRequest request_of(const AnalyzeJob& job, const SampleSet& samples, const NetworkInfo& network);

/// A request to write an analysis into a folder.
struct SaveRequest {
  std::shared_ptr<const Analysis> analysis;
  std::shared_ptr<const NetworkInfo> network; ///< the network of the analysis
  AnalysisRequest request;
  QString folder;
  bool features = false;                         ///< with the pooled features
  std::vector<std::filesystem::path> open_files; ///< must not be overwritten, in addition to those of the analysis
};

/// A request to prune a network.
struct PruneRequest {
  std::uint64_t serial = 0;                   ///< chosen by the sender, to recognise the answer
  std::shared_ptr<const NetworkInfo> network; ///< the network of the request
  PruneSettings settings;
};

/// A request to train networks for `transfer`.
struct FineTuneRequest {
  std::uint64_t serial = 0;                   ///< chosen by the sender, to recognise the answer
  std::shared_ptr<const NetworkInfo> network; ///< the network of the request
  FineTuneJob job;                            ///< its `out` is for whoever saves the answer
};

/// The result of a training, with all that is needed to save it.
struct FineTuneAnswer {
  FineTuneRequest request;
  TransferResult result;
};

/// The thread that owns the network. Looks come before everything else, and only the latest waiting one is answered; a
/// long job answers them between two batches. Signals are sent in the thread that made this object.
class NetworkWorker : public QObject {
  Q_OBJECT

 public:
  explicit NetworkWorker(QObject* parent = nullptr);
  /// Stops what is running within one batch. If the network takes longer than one and a half seconds for that, the
  /// program ends with exit status 130.
  ~NetworkWorker() override;

  /// Reads another network while the present one stays; this happens between two batches of a running job. loaded() or
  /// open_failed() follows. The receiver of loaded() must take or drop the network.
  void open(const ModelSource& source, const RunOptions& options);
  /// Replaces the present network by it; opened() follows. Stops jobs with the old network.
  void take(const std::shared_ptr<const NetworkInfo>& loaded);
  void drop(const std::shared_ptr<const NetworkInfo>& loaded);
  [[nodiscard]] bool opening() const { return opening_ > 0; } ///< until opened(), open_failed() or drop()
  void look(LookRequest request);
  void sweep(SweepRequest request);
  void analyze(AnalysisRequest request);
  void cancel_analysis();
  void save_results(SaveRequest request);
  void prune(PruneRequest request); ///< stops an earlier one
  void cancel_prune();
  void fine_tune(FineTuneRequest request); ///< stops an earlier one; looks are answered between batches
  void cancel_fine_tuning();
  /// Writes the files of `scalescope-cli transfer --fine-tune`. Errors come as fine_tuning_failed().
  /// @param open_files must not be overwritten, in addition to those of the training.
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
  // Signals of an analysis; `serial` is that of its request.
  void progressed(scalescope::JobProgress progress, std::uint64_t serial);
  void fitted_part(scalescope::CurvePoint part, std::uint64_t serial);
  /// @param regressions one per layer, from its pooled features to the target.
  void analyzed(std::shared_ptr<const scalescope::Analysis> analysis,
                std::shared_ptr<const std::vector<scalescope::Regression>> regressions, std::uint64_t serial);
  void analysis_failed(QString what, std::uint64_t serial); ///< empty: it was cancelled
  void results_saved(QString folder);
  void saving_failed(QString what);
  void pruned(std::uint64_t serial, std::shared_ptr<const scalescope::PruneResult> result);
  void prune_failed(std::uint64_t serial, QString what);
  void fine_tuning(std::uint64_t serial, scalescope::TransferTrainingProgress progress);
  void fine_tuning_progressed(std::uint64_t serial, scalescope::JobProgress progress); ///< of the whole job
  void fine_tuned(std::uint64_t serial, std::shared_ptr<const scalescope::FineTuneAnswer> answer);
  void fine_tuning_failed(std::uint64_t serial,
                          QString what); ///< also for saving; empty: stopped before the first epoch was finished
  void fine_tuning_saved(QString folder);

 private:
  using Job = std::function<void(const std::stop_token&)>;
  void post(Job job);
  /// Emits a signal in the thread that made this object.
  template <typename... Arguments>
  void tell(void (NetworkWorker::*signal)(Arguments...), std::type_identity_t<Arguments>... arguments) {
    invoker_.call([this, signal, ... arguments = std::move(arguments)] { (this->*signal)(arguments...); });
  }
  void work(const std::stop_token& stop);
  void serve(); ///< answers requests between two batches of a job
  void serve_look();
  void serve_opening();
  void answer(const LookRequest& request);
  std::stop_token begin(std::stop_source& job); ///< stops the previous one
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
    std::unique_ptr<LayerInspector> inspector; ///< last: its plans must be destroyed before the network
  };

  QueuedInvoker invoker_;
  int opening_ = 0;          ///< number of networks being opened; used only in the thread that made this object
  mutable std::mutex mutex_; ///< guards what follows
  std::condition_variable_any wake_;
  std::deque<Job> jobs_;
  std::deque<Opening> openings_;
  std::optional<LookRequest> waiting_look_;
  std::stop_source analysis_stop_;
  std::stop_source prune_stop_;
  std::stop_source fine_tune_stop_;
  std::uint64_t looks_computed_ = 0;

  // Used only in the worker's thread.
  std::unique_ptr<Network> network_;
  std::unique_ptr<LayerInspector> inspector_;
  std::shared_ptr<const NetworkInfo> known_;
  std::vector<Loaded> loaded_; ///< must be taken or dropped
  std::size_t notes_reported_ = 0;
  double whole_pass_ms_ = 0;                            ///< how long the last look at the whole network took
  std::chrono::steady_clock::time_point classes_shown_; ///< when the last look at the whole network ended

  std::jthread fitter_;
  std::promise<void> ended_; ///< fulfilled when the thread has ended
  std::jthread thread_;      ///< last: joined first
};

} // namespace scalescope
