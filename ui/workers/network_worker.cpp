#include "ui/workers/network_worker.h"

#include "core/base/error.h"
#include "core/base/explain.h"
#include "core/base/file_set.h"
#include "core/base/give_up.h"
#include "core/report/analysis_report.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace scalescope {
namespace {

using Clock = std::chrono::steady_clock;

/// If a pass through the whole network takes no longer than this, every look computes maps and classes at once.
constexpr double quick_ms = 20;
/// For a slower network, the window has this long to draw the maps before the classes are computed.
constexpr auto time_to_draw = std::chrono::milliseconds(12);
/// How long closing the window waits for the network, and the exit status if that is not enough.
constexpr auto time_to_end = std::chrono::milliseconds(1500);
constexpr int exit_given_up = 130;
/// While looks keep coming, the classes of a slower network are updated this often.
constexpr auto classes_at_least_every = std::chrono::milliseconds(250);

/// Runs a job; errors go to `fail`. No exception may end the thread.
template <typename Run, typename Fail>
void guarded(const Run& run, const Fail& fail) {
  try {
    run();
  } catch (const Cancelled&) {
    fail(QString());
  } catch (const std::exception& e) {
    fail(QString::fromStdString(explain(e)));
  }
}

std::vector<std::filesystem::path> joined(std::vector<std::filesystem::path> files,
                                          const std::vector<std::filesystem::path>& more) {
  files.insert(files.end(), more.begin(), more.end());
  return files;
}

} // namespace

AnalysisRequest request_of(const AnalyzeJob& job, const SampleSet& samples, const NetworkInfo& network) {
  AnalysisRequest request{
      .serial = 0, .job = job, .setup = {}, .samples = select_samples(samples, job.read.objects, job.read.classes)};
  if (request.samples.samples.empty())
    throw Error("There are no objects to analyse; open an annotated data set, or choose another rule for images with "
                "several objects.");
  request.setup = setup_of(request.job, network);
  return request;
}

NetworkWorker::NetworkWorker(QObject* parent)
    : QObject(parent), thread_([this](const std::stop_token& stop) {
        work(stop);
        ended_.set_value();
      }) {}

NetworkWorker::~NetworkWorker() {
  cancel_analysis();
  cancel_prune();
  cancel_fine_tuning();
  thread_.request_stop();
  // A network can't be stopped within a batch, and some never return. Then the program ends here, so that the person
  // does not wait; but it first waits for files that are being saved.
  const auto ended = ended_.get_future();
  const auto patience_ends = Clock::now() + time_to_end;
  while (ended.wait_for(std::chrono::milliseconds(50)) != std::future_status::ready)
    if (Clock::now() > patience_ends && !MustFinish::any())
      std::_Exit(exit_given_up);
  thread_ = {}; // only after this, no other fitter can start
  fitter_ = {};
}

void NetworkWorker::post(Job job) {
  {
    const std::scoped_lock lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void NetworkWorker::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::unique_lock lock(mutex_);
    // Looks come first, except one for the network that is about to be opened.
    const auto look_is_due = [this] {
      return waiting_look_ && (network_ || (jobs_.empty() && openings_.empty() && loaded_.empty()));
    };
    if (!wake_.wait(lock, stop, [&] { return look_is_due() || !jobs_.empty() || !openings_.empty(); }))
      break;
    if (look_is_due()) {
      lock.unlock();
      serve_look();
      continue;
    }
    if (jobs_.empty()) {
      lock.unlock();
      serve_opening();
      continue;
    }
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job(stop);
  }
  inspector_.reset(); // its plans must be destroyed before the network
  network_.reset();
  loaded_.clear();
}

void NetworkWorker::open(const ModelSource& source, const RunOptions& options) {
  ++opening_;
  {
    const std::scoped_lock lock(mutex_);
    openings_.push_back({source, options});
  }
  wake_.notify_one();
}

void NetworkWorker::serve_opening() {
  Opening opening;
  {
    const std::scoped_lock lock(mutex_);
    if (openings_.empty())
      return;
    opening = std::move(openings_.front());
    openings_.pop_front();
  }
  guarded(
      [&] {
        auto network = std::make_unique<Network>(Network::open(opening.source, opening.options));
        auto inspector = std::make_unique<LayerInspector>(*network);
        auto known = std::make_shared<const NetworkInfo>(network->info());
        loaded_.push_back({known, std::move(network), std::move(inspector)});
        tell(&NetworkWorker::loaded, std::move(known));
      },
      [&](const QString& what) {
        invoker_.call([this, what] {
          --opening_;
          emit open_failed(what);
        });
      });
}

void NetworkWorker::take(const std::shared_ptr<const NetworkInfo>& loaded) {
  cancel_analysis(); // results for another network are not needed
  cancel_prune();
  cancel_fine_tuning();
  post([this, loaded](const std::stop_token&) {
    const auto found = std::ranges::find(loaded_, loaded, &Loaded::known);
    if (found == loaded_.end())
      return;           // it was already taken or dropped
    inspector_.reset(); // its plans must be destroyed before the network
    network_ = std::move(found->network);
    inspector_ = std::move(found->inspector);
    loaded_.erase(found);
    known_ = loaded;
    notes_reported_ = network_->info().notes.size();
    whole_pass_ms_ = 0;
    invoker_.call([this, loaded] {
      --opening_;
      emit opened(loaded);
    });
  });
}

void NetworkWorker::drop(const std::shared_ptr<const NetworkInfo>& loaded) {
  --opening_;
  post([this, loaded](const std::stop_token&) {
    std::erase_if(loaded_, [&](const Loaded& one) { return one.known == loaded; });
  });
}

void NetworkWorker::serve() {
  serve_look();
  serve_opening();
}

void NetworkWorker::look(LookRequest request) {
  {
    const std::scoped_lock lock(mutex_);
    waiting_look_ = std::move(request); // the latest wins
  }
  wake_.notify_one();
}

bool NetworkWorker::newer_look_waits() {
  const std::scoped_lock lock(mutex_);
  return waiting_look_.has_value();
}

std::uint64_t NetworkWorker::looks_computed() const {
  const std::scoped_lock lock(mutex_);
  return looks_computed_;
}

void NetworkWorker::report_new_notes() {
  for (; notes_reported_ < network_->info().notes.size(); ++notes_reported_)
    tell(&NetworkWorker::noted, QString::fromStdString(network_->info().notes[notes_reported_]));
}

void NetworkWorker::serve_look() {
  std::optional<LookRequest> request;
  {
    const std::scoped_lock lock(mutex_);
    request.swap(waiting_look_);
    looks_computed_ += request ? 1 : 0;
  }
  if (request)
    guarded([&] { answer(*request); }, [&](const QString& what) { tell(&NetworkWorker::look_failed, what); });
}

void NetworkWorker::answer(const LookRequest& request) {
  auto frame = std::make_shared<const Frame>(make_frame(request.state, request.preprocessing.resizing));
  if (!network_ || request.layer.empty()) {
    tell(&NetworkWorker::looked, LookAnswer{request.serial, std::move(frame), nullptr, std::nullopt, 0});
    return;
  }
  const auto pixels = inspector_->pixels(request.state, *frame, request.preprocessing);
  const int side = request.state.image_size;
  const bool quick = whole_pass_ms_ > 0 && whole_pass_ms_ <= quick_ms;
  auto look = inspector_->look(request.layer, quick, pixels, side);
  report_new_notes();
  LookAnswer result{request.serial, frame, std::make_shared<const LayerMaps>(std::move(look.maps)), std::nullopt,
                    look.milliseconds};
  const bool no_classes = known_->head.empty();
  if (quick || no_classes) {
    result.probabilities = std::move(look.probabilities);
    whole_pass_ms_ = no_classes ? whole_pass_ms_ : look.milliseconds;
    tell(&NetworkWorker::looked, std::move(result));
    return;
  }
  tell(&NetworkWorker::looked, std::move(result)); // the maps first; then the rest of the network runs
  {
    std::unique_lock lock(mutex_); // the window needs the cores to draw them
    wake_.wait_for(lock, time_to_draw, [this] { return waiting_look_.has_value(); });
  }
  if (newer_look_waits() && Clock::now() - classes_shown_ < classes_at_least_every)
    return;
  look = inspector_->look("softmax", true, pixels, side);
  whole_pass_ms_ = look.milliseconds;
  classes_shown_ = Clock::now();
  tell(&NetworkWorker::looked,
       LookAnswer{request.serial, std::move(frame), nullptr, std::move(look.probabilities), look.milliseconds});
}

void NetworkWorker::sweep(SweepRequest request) {
  post([this, request = std::move(request)](const std::stop_token& stop) {
    guarded(
        [&] {
          if (!network_)
            throw Error("No network is open; open one first.");
          std::vector<SweepPoint> points;
          for (const StageState& state : request.states) {
            if (stop.stop_requested())
              throw Cancelled();
            const Frame frame = make_frame(state, request.preprocessing.resizing);
            auto look = inspector_->look(request.layer, true, inspector_->pixels(state, frame, request.preprocessing),
                                         state.image_size);
            points.push_back({frame.fraction, std::move(look.maps.pooled), std::move(look.probabilities)});
            serve();
          }
          tell(&NetworkWorker::swept, request.serial, std::move(points));
        },
        [&](const QString& what) { tell(&NetworkWorker::sweep_failed, what); });
  });
}

void NetworkWorker::cancel_analysis() {
  const std::scoped_lock lock(mutex_);
  analysis_stop_.request_stop();
}

void NetworkWorker::analyze(AnalysisRequest request) {
  const std::stop_token cancelled = begin(analysis_stop_);
  post([this, request = std::move(request), cancelled](const std::stop_token&) {
    guarded(
        [&] {
          if (!network_)
            throw Error("No network is open; open one first.");
          const auto tell_progress = [this, serial = request.serial](const JobProgress& progress) {
            tell(&NetworkWorker::progressed, progress, serial);
          };
          const JobCallback whole = progress_of_analysis(tell_progress, request.setup.settings);
          Collected collected = collect(*network_, request.samples.samples, request.setup.settings, cancelled,
                                        [&](const JobProgress& progress) {
                                          whole(progress);
                                          serve(); // handles requests between two batches
                                        });
          report_new_notes();
          fit_beside(std::move(collected), request, whole, cancelled);
        },
        [&](const QString& what) { tell(&NetworkWorker::analysis_failed, what, request.serial); });
  });
}

void NetworkWorker::cancel_prune() {
  const std::scoped_lock lock(mutex_);
  prune_stop_.request_stop();
}

void NetworkWorker::prune(PruneRequest request) {
  const std::stop_token cancelled = begin(prune_stop_);
  post([this, request = std::move(request), cancelled](const std::stop_token&) {
    guarded(
        [&] {
          if (request.network != known_)
            throw Error("Another network was opened meanwhile; choose the layer to prune after again.");
          auto result = scalescope::prune(*network_, request.settings, cancelled);
          tell(&NetworkWorker::pruned, request.serial, std::make_shared<const PruneResult>(std::move(result)));
        },
        [&](const QString& what) { tell(&NetworkWorker::prune_failed, request.serial, what); });
  });
}

std::stop_token NetworkWorker::begin(std::stop_source& job) {
  const std::scoped_lock lock(mutex_);
  job.request_stop();
  job = std::stop_source();
  return job.get_token();
}

void NetworkWorker::cancel_fine_tuning() {
  const std::scoped_lock lock(mutex_);
  fine_tune_stop_.request_stop();
}

TransferResult NetworkWorker::trained(const FineTuneRequest& request, const std::stop_token& stop) {
  if (request.network != known_)
    throw Error("Another network was opened meanwhile; choose what to train again.");
  JobWatch watch;
  watch.progress = [this, serial = request.serial](const JobProgress& progress) {
    tell(&NetworkWorker::fine_tuning_progressed, serial, progress);
    serve(); // between two batches
  };
  return run_on(*network_, request.job, watch, stop,
                [this, serial = request.serial](const TransferTrainingProgress& progress) {
                  tell(&NetworkWorker::fine_tuning, serial, progress);
                });
}

void NetworkWorker::fine_tune(FineTuneRequest request) {
  const std::stop_token cancelled = begin(fine_tune_stop_);
  post([this, request = std::move(request), cancelled](const std::stop_token&) {
    guarded(
        [&] {
          tell(&NetworkWorker::fine_tuned, request.serial,
               std::make_shared<const FineTuneAnswer>(request, trained(request, cancelled)));
        },
        [&](const QString& what) { tell(&NetworkWorker::fine_tuning_failed, request.serial, what); });
  });
}

void NetworkWorker::save_fine_tuning(std::shared_ptr<const FineTuneAnswer> answer, QString folder,
                                     std::vector<std::filesystem::path> open_files) {
  post([this, answer = std::move(answer), folder = std::move(folder),
        open_files = std::move(open_files)](const std::stop_token&) {
    guarded(
        [&] {
          const MustFinish saving;
          if (answer->request.network != known_)
            throw Error(
                "Another network was opened meanwhile, so the training's results can't be saved with it; train again.");
          save(answer->result, *network_, folder.toStdString(), open_files);
          tell(&NetworkWorker::fine_tuning_saved, folder);
        },
        [&](const QString& what) { tell(&NetworkWorker::fine_tuning_failed, answer->request.serial, what); });
  });
}

void NetworkWorker::save_results(SaveRequest request) {
  post([this, request = std::move(request)](const std::stop_token&) {
    guarded(
        [&] {
          const MustFinish saving;
          if (!request.analysis || request.network != known_)
            throw Error("There is no complete analysis of the open network; analyse first, then save.");
          const AnalysisRequest& of = request.request;
          const AnalysisContext context = context_of(of.job, of.setup, *known_, of.samples);
          std::vector<std::string> layers;
          for (const auto& layer : request.analysis->layers)
            if (request.features)
              layers.push_back(layer.name);
          FileSet files(request.folder.toStdString(), analysis_files(layers),
                        joined(inputs_of(context), request.open_files));
          write_analysis(files, *request.analysis, *network_, context, request.features);
          files.commit();
          tell(&NetworkWorker::results_saved, request.folder);
        },
        [&](const QString& what) { tell(&NetworkWorker::saving_failed, what); });
  });
}

// The regressions need no network, so the worker can answer looks while they run. They run at a lower priority.
void NetworkWorker::fit_beside(Collected collected, const AnalysisRequest& request, const JobCallback& whole,
                               const std::stop_token& stop) {
  fitter_ = std::jthread([this, collected = std::move(collected), settings = request.setup.settings,
                          serial = request.serial, whole, threads = known_->threads, stop]() mutable {
    (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 10); // its threads inherit it
    guarded(
        [&] {
          auto analysis = std::make_shared<const Analysis>(
              fit(std::move(collected), settings, threads, stop, whole,
                  [&](const CurvePoint& part) { tell(&NetworkWorker::fitted_part, part, serial); }));
          auto fitted = std::make_shared<const std::vector<Regression>>(regressions(*analysis));
          tell(&NetworkWorker::analyzed, std::move(analysis), std::move(fitted), serial);
        },
        [&](const QString& what) { tell(&NetworkWorker::analysis_failed, what, serial); });
  });
}

} // namespace scalescope
