#include "core/jobs/transfer_job.h"

#include "core/base/error.h"
#include "core/base/give_up.h"
#include "core/base/version.h"
#include "core/jobs/curve_job.h"
#include "core/prune/prune.h"
#include "core/prune/truncation_point.h"
#include "core/results/analysis_record.h"
#include "datasets/label_masks.h"

#include <fmt/format.h>

#include <algorithm>

namespace scalescope {
namespace {

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

TransferTraining train(const FineTuneJob& job, const Network& network, const TransferContext& context,
                       const Transfer& probed, const JobCallback& progress, const std::stop_token& stop) {
  TransferTrainingSettings how = context.training_settings;
  how.layers = layers_to_train(context.settings, probed.full_layer, probed.auto_layer);
  const ModelSource& source = network.info().source;
  return train_for_transfer(source, network, context.set.images, probed, context.settings, how,
                            origin_of(network, source, context.settings.preprocessing), stop,
                            [&](const TransferTrainingProgress& now) {
                              if (progress && !now.training.finished)
                                progress(progress_of(now, how.layers.size(), job.runs, how.training.epochs));
                            });
}

// What only a job that was written by hand can get wrong.
void check(const TransferJob& job) {
  if (job.protocol == Protocol::Paper)
    throw Error("A transfer needs the protocol robust or clipped; paper does not hold out every patch.");
  if (job.patches.magnifications.empty())
    throw Error("The transfer names no magnifications; give at least one.");
}

// A transfer, and the training that may follow on it.
TransferResult run_both(const TransferJob& job, const FineTuneJob* fine_tune, const JobWatch& watch,
                        const std::stop_token& stop) {
  check(job);
  const LabelledSet set = read_label_masks(job.data);
  std::optional<AnalysisRecord> record;
  if (!job.analysis.empty())
    record = read_analysis(job.analysis);
  const Network network = open_network(job.network, job.seed, watch);
  const NetworkInfo& info = network.info();
  if (record)
    record->check_model(info.source);
  const TransferSettings settings = settings_of(job, info, record ? record->best().layer : "");
  const std::string reason = chosen(job.preprocessing, info).reason;
  if (watch.starting)
    watch.starting(fmt::format("{}: {} images, patches of {} x {} pixels, preprocessing {} ({}), {} on {} with {} "
                               "threads.",
                               info.name, set.images.size(), settings.patches.side, settings.patches.side,
                               settings.preprocessing.name, reason, info.engine, info.device, info.threads));
  TransferResult result{.transfer = {},
                        .context = {info.source, info.options, job.data, set, settings, reason, scalescope_version()}};
  TransferContext& context = result.context;
  auto inputs = inputs_of(context);
  inputs.emplace_back(job.analysis);
  // Before the work: nobody wants to hear after ten minutes that nothing can be written.
  FileSet files(job.out,
                transfer_files(fine_tune != nullptr ? trained_layers(network, settings) : std::vector<std::string>()),
                inputs);

  const std::size_t notes_at_start = info.notes.size();
  const double trained_share = fine_tune != nullptr ? 0.9 : 0;
  const JobCallback progress =
      whole_of(between(watch.progress, 0, 1 - trained_share), {{"masks", 1}, {"images", 10}, {"fitting", 5}});
  result.transfer = transfer(network, set.images, settings, stop, progress);
  for (std::size_t i = notes_at_start; i < info.notes.size(); ++i)
    watch.say(info.notes[i]); // of the run, such as an engine that could not do it
  for (const auto* const notes : {&result.transfer.tally.notes, &result.transfer.notes})
    for (const auto& note : *notes)
      watch.say(note);
  std::optional<MustFinish> keeps_what_was_learnt;
  if (fine_tune != nullptr) {
    keeps_what_was_learnt.emplace();
    TransferTrainingSettings& how = context.training_settings;
    how.training = fine_tune->training;
    how.runs = fine_tune->runs;
    how.training.seed = settings.seed;
    how.training.device = info.device;
    how.training.threads = info.threads;
    context.training =
        train(*fine_tune, network, context, result.transfer, between(watch.progress, 1 - trained_share, 1), stop);
  }
  write_transfer(files, result.transfer, network, context);
  files.commit();
  return result;
}

} // namespace

TransferSettings settings_of(const TransferJob& job, const NetworkInfo& network, const std::string& best) {
  TransferSettings settings;
  settings.layers = job.layers;
  settings.auto_layer = best;
  settings.preprocessing = chosen(job.preprocessing, network).preprocessing;
  settings.patches = job.patches;
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

} // namespace scalescope
