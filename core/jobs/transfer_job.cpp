#include "core/jobs/transfer_job.h"

#include "core/base/error.h"
#include "core/base/file_set.h"
#include "core/base/give_up.h"
#include "core/base/version.h"
#include "core/jobs/curve_job.h"
#include "core/prune/prune.h"
#include "core/prune/truncation_point.h"
#include "core/report/transfer_report.h"
#include "core/results/analysis_record.h"
#include "datasets/label_masks.h"

#include <fmt/format.h>

#include <algorithm>

namespace scalescope {
namespace {

namespace fs = std::filesystem;

/// The layers that networks may be trained up to. @throws Error before anything is computed if one of them can't be, or
/// there are none.
std::vector<std::string> trained_layers(const Network& network, const TransferSettings& settings) {
  const bool full = std::ranges::find(settings.layers, "full") != settings.layers.end();
  const bool chosen = std::ranges::find(settings.layers, "auto") != settings.layers.end();
  auto layers = layers_to_train(settings, full ? last_pooled_layer(network) : "", settings.auto_layer);
  if (layers.empty() && !chosen)
    throw Error("There is no layer to fine-tune up to; name full, auto or layers with --layers.");
  if (chosen && settings.auto_layer.empty())
    for (const std::string& block : network.info().blocks) // any of them may be chosen
      if (std::ranges::find(layers, block) == layers.end())
        layers.push_back(block);
  for (const std::string& layer : layers)
    (void)truncation_point(network, layer);
  return layers;
}

using OnTraining = std::function<void(const TransferTrainingProgress&)>;

// What only a job that was written by hand can get wrong.
void check(const TransferJob& job) {
  if (job.protocol == Protocol::Paper)
    throw Error("A transfer needs the protocol ridge or ridge-unclipped; paper does not hold out every patch.");
  if (job.patches.magnifications.empty())
    throw Error("The transfer names no magnifications; give at least one.");
}

// The files that a job names, read before a network is opened.
struct TransferInputs {
  LabelledSet set;
  std::optional<AnalysisRecord> record;
};

TransferInputs read_inputs(const TransferJob& job) {
  check(job);
  TransferInputs inputs{read_label_masks(job.data), {}};
  if (!job.analysis.empty())
    inputs.record = read_analysis(job.analysis);
  return inputs;
}

// Patches are squares at a known magnification, which a crop would change.
void say_crop(const TransferJob& job, const NetworkInfo& info, const JobWatch& watch) {
  if (const Resizing own = chosen(job.preprocessing, info).preprocessing.resizing; !shows_all(own))
    watch.say(fmt::format("Patches are squares and are given to the network whole, so the form of its images ({}) is "
                          "not applied to them.",
                          describe(own)));
}

// What the job comes to for a network.
TransferContext context_of(const TransferJob& job, TransferInputs inputs, const NetworkInfo& info) {
  if (inputs.record)
    inputs.record->check_model(info.source);
  return {info.source,
          info.options,
          job.data,
          std::move(inputs.set),
          settings_of(job, info, inputs.record ? inputs.record->best().layer : ""),
          chosen(job.preprocessing, info).reason,
          scalescope_version()};
}

TransferTrainingSettings training_of(const FineTuneJob& job, const NetworkInfo& info) {
  TransferTrainingSettings how{.layers = {}, .training = job.training, .runs = job.runs};
  how.training.seed = job.transfer.seed;
  how.training.device = info.device;
  how.training.threads = info.threads;
  return how;
}

// How much of the whole job the training takes, where there is one.
constexpr double training_share = 0.9;

// Reads the layers with regressions. @param progress of a part of the job
TransferResult probe(TransferContext context, const Network& network, const JobWatch& watch,
                     const JobCallback& progress, const std::stop_token& stop) {
  const NetworkInfo& info = network.info();
  const std::size_t notes_at_start = info.notes.size();
  Transfer found = transfer(network, context.set.images, context.settings, stop,
                            whole_of(progress, {{"masks", 1}, {"images", 10}, {"fitting", 5}}));
  for (std::size_t i = notes_at_start; i < info.notes.size(); ++i)
    watch.say(info.notes[i]); // of the run, such as an engine that could not do it
  watch.say(found.patches.remarks);
  for (const auto* const notes : {&found.tally.notes, &found.notes})
    for (const auto& note : *notes)
      watch.say(note);
  return {std::move(found), std::move(context)};
}

// Trains networks, and adds what became of them.
void train(TransferResult& result, const FineTuneJob& job, const Network& network, const JobCallback& progress,
           const OnTraining& on_training, const std::stop_token& stop) {
  TransferContext& context = result.context;
  context.training_settings = training_of(job, network.info());
  TransferTrainingSettings how = context.training_settings;
  how.layers = layers_to_train(context.settings, result.transfer.full_layer, result.transfer.auto_layer);
  context.training = train_for_transfer(
      network, context.set.images, result.transfer, context.settings, how,
      origin_of(network, context.settings.preprocessing), stop, [&](const TransferTrainingProgress& now) {
        if (on_training)
          on_training(now);
        if (progress && !now.training.finished)
          progress(progress_of(now, how.layers.size(), how.runs, how.training.epochs));
      });
}

TransferResult run_both(const TransferJob& job, const FineTuneJob* fine_tune, const JobWatch& watch,
                        const std::stop_token& stop) {
  TransferInputs read = read_inputs(job);
  const Network network = open_network(job.network, job.seed, watch);
  const NetworkInfo& info = network.info();
  TransferContext context = context_of(job, std::move(read), info);
  const TransferSettings& settings = context.settings;
  say_crop(job, info, watch);
  if (watch.starting)
    watch.starting(fmt::format("{}: {} images, patches of {} x {} pixels, preprocessing {} ({}), {} on {} with {} "
                               "threads.",
                               info.name, context.set.images.size(), settings.patches.side, settings.patches.side,
                               describe(settings.preprocessing), context.preprocessing_reason, info.engine, info.device,
                               info.threads));
  auto inputs = inputs_of(context);
  inputs.emplace_back(job.analysis);
  // Before the work: nobody wants to hear after ten minutes that nothing can be written.
  FileSet files(job.out,
                transfer_files(fine_tune != nullptr ? trained_layers(network, settings) : std::vector<std::string>()),
                inputs);
  const double share = fine_tune != nullptr ? training_share : 0;
  TransferResult result = probe(std::move(context), network, watch, between(watch.progress, 0, 1 - share), stop);
  std::optional<MustFinish> keeps_what_was_learnt;
  if (fine_tune != nullptr) {
    keeps_what_was_learnt.emplace();
    train(result, *fine_tune, network, between(watch.progress, 1 - share, 1), {}, stop);
  }
  write_transfer(files, result.transfer, network, result.context);
  files.commit();
  return result;
}

} // namespace

TransferSettings settings_of(const TransferJob& job, const NetworkInfo& network, const std::string& best) {
  TransferSettings settings;
  settings.layers = job.layers;
  settings.auto_layer = best;
  settings.preprocessing = chosen(job.preprocessing, network).preprocessing;
  settings.preprocessing.resizing = {.interpolation = settings.preprocessing.resizing.interpolation};
  settings.patches = job.patches;
  if (settings.patches.side == 0)
    settings.patches.side = network.input_size;
  settings.patches.seed = job.seed;
  settings.batch = job.batch;
  settings.protocol = job.protocol;
  settings.repetitions = job.repetitions;
  settings.seed = job.seed;
  return settings;
}

JobProgress progress_of(const TransferTrainingProgress& now, std::size_t layers, int runs, int epochs) {
  using Stage = FineTuneProgress::Stage;
  const FineTuneProgress& training = now.training;
  const char* const stage = training.stage == Stage::Training     ? "training"
                            : training.stage == Stage::Validation ? "validating"
                                                                  : "testing";
  JobProgress progress{fmt::format("{}, run {}, epoch {}, {}", now.layer, now.run + 1, training.epoch, stage),
                       training.done, training.total};
  const double epoch =
      training.total > 0 ? static_cast<double>(training.done) / static_cast<double>(training.total) : 0;
  const double of_run = std::min(1.0, (std::max(0, training.epoch - 1) + epoch) / std::max(1, epochs));
  progress.whole = (now.layer_index * static_cast<double>(runs) + now.run + of_run) /
                   (static_cast<double>(std::max<std::size_t>(1, layers)) * runs);
  return progress;
}

TransferResult run(const TransferJob& job, const JobWatch& watch, const std::stop_token& stop) {
  return run_both(job, nullptr, watch, stop);
}

TransferResult run(const FineTuneJob& job, const JobWatch& watch, const std::stop_token& stop) {
  return run_both(job.transfer, &job, watch, stop);
}

TransferResult run_on(const Network& network, const FineTuneJob& job, const JobWatch& watch,
                      const std::stop_token& stop, const OnTraining& on_training) {
  TransferContext context = context_of(job.transfer, read_inputs(job.transfer), network.info());
  (void)trained_layers(network, context.settings); // told before the work
  TransferResult result =
      probe(std::move(context), network, watch, between(watch.progress, 0, 1 - training_share), stop);
  train(result, job, network, between(watch.progress, 1 - training_share, 1), on_training, stop);
  return result;
}

void save(const TransferResult& result, const Network& network, const fs::path& folder,
          const std::vector<fs::path>& open_files) {
  std::vector<std::string> trained;
  if (result.context.training)
    for (const TrainedLayer& layer : result.context.training->layers)
      trained.push_back(layer.name);
  auto keep = inputs_of(result.context);
  keep.insert(keep.end(), open_files.begin(), open_files.end());
  FileSet files(folder, transfer_files(trained), keep);
  write_transfer(files, result.transfer, network, result.context);
  files.commit();
}

} // namespace scalescope
