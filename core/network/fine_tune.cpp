#include "core/network/fine_tune.h"

#include "core/base/error.h"
#include "core/network/detail/engines/libtorch_engine.h"
#include "core/network/detail/graph/input_form.h"
#include "core/network/detail/loading/model_file.h"
#include "core/network/detail/training/trainer.h"
#include "core/network/detail/training/training_batches.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thread>

namespace scalescope {
namespace {

void check(const Layer& layer, const TrainingData& data, const FineTuneSettings& settings) {
  if (layer.channels() == 0)
    throw Error(fmt::format("The layer '{}' has no output to learn from; choose another one.", layer.name));
  if (settings.epochs < 1)
    throw Error(fmt::format("{} epochs are too few to train; give 1 or more.", settings.epochs));
  if (settings.batch < 1)
    throw Error(fmt::format("A batch of {} images is too small; give 1 or more.", settings.batch));
  if (!(settings.learning_rate > 0) || !std::isfinite(settings.learning_rate))
    throw Error(
        fmt::format("The learning rate is {}; it must be a number above 0, such as 1e-4.", settings.learning_rate));
  if (data.training.size() < 2 || data.validation.empty())
    throw Error(fmt::format(
        "There are {} images for training and {} for validation, but at least 2 and 1 are needed; add images.",
        data.training.size(), data.validation.size()));
  for (const auto* part : {&data.training, &data.validation, &data.test})
    for (const std::size_t i : *part)
      if (i >= data.targets.size() || !std::isfinite(data.targets[i]))
        throw Error(fmt::format("Image {} has no target, or one that is not a number; leave it out.", i));
}

/// Standardises targets with the mean and standard deviation of the training images.
struct Standard {
  double mean = 0;
  double standard_deviation = 0;
  [[nodiscard]] double of(double target) const { return (target - mean) / standard_deviation; }
};

Standard standard_of(const TrainingData& data) {
  const auto n = static_cast<double>(data.training.size());
  Standard standard;
  for (const std::size_t i : data.training)
    standard.mean += data.targets[i] / n;
  double variance = 0;
  for (const std::size_t i : data.training)
    variance += (data.targets[i] - standard.mean) * (data.targets[i] - standard.mean) / n;
  standard.standard_deviation = std::sqrt(variance);
  if (!(standard.standard_deviation > 1e-12 * std::abs(standard.mean)))
    throw Error(fmt::format(
        "All {} training images have the same target, {}, so there is nothing to learn; add images with other targets.",
        data.training.size(), standard.mean));
  return standard;
}

/// Weights of a new linear layer as torch.nn.Linear draws them.
LinearReadout draw_readout(std::int64_t channels, at::Generator& generator) {
  const double bound = 1 / std::sqrt(static_cast<double>(channels));
  const at::Tensor weights = at::empty({channels}, at::kFloat).uniform_(-bound, bound, generator);
  const at::Tensor bias = at::empty({1}, at::kFloat).uniform_(-bound, bound, generator);
  const std::span all(weights.data_ptr<float>(), static_cast<std::size_t>(channels));
  return {{all.begin(), all.end()}, bias.item<float>()};
}

using Tell = std::function<void(const FineTuneProgress&)>;

/// Trains one network through its epochs. @throws Cancelled when stopped.
class Training {
 public:
  Training(const TrainingData& data, const FineTuneSettings& settings, Trainer trainer, at::Generator generator,
           int threads, const std::stop_token& stop, const Tell& tell)
      : data_(data), settings_(settings), standard_(standard_of(data)), trainer_(std::move(trainer)),
        generator_(std::move(generator)), threads_(threads), stop_(stop), tell_(tell) {}

  Epoch run_epoch(FineTuneProgress& now) {
    now.training_loss = learn(now);
    now.stage = FineTuneProgress::Stage::Validation;
    const std::vector<double> outputs = predict(data_.validation, now);
    Epoch ended{.training_loss = now.training_loss};
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const double off = outputs[i] - standard_.of(data_.targets[data_.validation[i]]);
      ended.validation_loss += off * off / static_cast<double>(outputs.size());
      ended.validation_error += std::abs(off) * standard_.standard_deviation / static_cast<double>(outputs.size());
    }
    check_loss(ended.validation_loss, now);
    return ended;
  }

  /// The network's outputs for these images in evaluation mode, in their order.
  std::vector<double> predict(const std::vector<std::size_t>& images, FineTuneProgress& now) {
    trainer_.train_mode(false);
    std::vector<double> all;
    for_batches(images, now, [&](const at::Tensor& batch) {
      const std::vector<double> outputs = trainer_.outputs(batch);
      all.insert(all.end(), outputs.begin(), outputs.end());
    });
    return all;
  }

  void keep_state() { trainer_.keep_state(); }

  /// Brings back the state that was kept, as a network that returns the target in its own unit.
  void finish() {
    trainer_.restore_state();
    trainer_.scale_output(standard_.standard_deviation, standard_.mean);
  }

  [[nodiscard]] std::string archive(const Provenance& provenance) { return trainer_.archive(provenance); }

 private:
  double learn(FineTuneProgress& now) {
    trainer_.train_mode(true);
    const std::vector<std::size_t> order = shuffled(data_.training);
    double sum = 0;
    std::size_t done = 0;
    for_batches(order, now, [&](const at::Tensor& batch) {
      const auto n = static_cast<std::size_t>(batch.size(0));
      const double loss = trainer_.step(batch, targets(std::span(order).subspan(done, n)));
      check_loss(loss, now);
      sum += loss * static_cast<double>(n);
      done += n;
      now.training_loss = sum / static_cast<double>(done);
    });
    return now.training_loss;
  }

  void for_batches(const std::vector<std::size_t>& images, FineTuneProgress& now,
                   const std::function<void(const at::Tensor&)>& use) {
    if (images.empty())
      return;
    TrainingBatches batches(data_, images, settings_.batch, threads_);
    now.done = 0;
    now.total = static_cast<std::int64_t>(images.size());
    while (now.done < now.total) {
      if (stop_.stop_requested())
        throw Cancelled();
      const at::Tensor batch = as_taken(batches.next(), data_.input_form);
      use(batch);
      now.done += batch.size(0);
      if (tell_)
        tell_(now);
    }
  }

  std::vector<std::size_t> shuffled(const std::vector<std::size_t>& images) {
    const at::Tensor places = at::randperm(static_cast<std::int64_t>(images.size()), generator_, at::kLong);
    std::vector<std::size_t> order;
    for (const std::int64_t place : std::span(places.data_ptr<std::int64_t>(), images.size()))
      order.push_back(images[static_cast<std::size_t>(place)]);
    return order;
  }

  [[nodiscard]] at::Tensor targets(std::span<const std::size_t> images) const {
    std::vector<float> standard;
    for (const std::size_t i : images)
      standard.push_back(static_cast<float>(standard_.of(data_.targets[i])));
    return at::tensor(standard);
  }

  static void check_loss(double loss, const FineTuneProgress& now) {
    if (!std::isfinite(loss))
      throw Error(fmt::format("The loss is not a finite number in epoch {}; use a smaller learning rate.", now.epoch));
  }

  const TrainingData& data_;
  const FineTuneSettings& settings_;
  Standard standard_;
  Trainer trainer_;
  at::Generator generator_;
  int threads_;
  const std::stop_token& stop_;
  const Tell& tell_;
};

Training begin(const ModelSource& source, const Layer& layer, const TrainingData& data,
               const FineTuneSettings& settings, const std::stop_token& stop, const Tell& tell) {
  const c10::Device device = find_device(settings.device);
  const int threads =
      settings.threads > 0 ? settings.threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  at::set_num_threads(threads);   // LibTorch may start with one, and with one a float convolution skips oneDNN
  at::manual_seed(settings.seed); // dropout uses the global generator
  at::Generator generator = at::detail::createCPUGenerator(settings.seed);
  const Truncation cut{layer, Reduction::Pooled, source.tokens, draw_readout(layer.features(source.tokens), generator)};
  Trainer trainer(source.file.empty() ? source.architecture : source.file.filename().string(),
                  truncated_module(load_module(source).module, cut_of(cut)), device, settings.learning_rate);
  return {data, settings, std::move(trainer), std::move(generator), threads, stop, tell};
}

Provenance provenance_of(const FineTuned& trained, const Layer& layer, const TrainingData& data,
                         const FineTuneSettings& settings, Provenance provenance) {
  provenance.layer = layer.name;
  provenance.output = "scale";
  provenance.input_size = data.side;
  provenance.fine_tuning =
      FineTuning{.training_images = static_cast<std::int64_t>(data.training.size()),
                 .validation_images = static_cast<std::int64_t>(data.validation.size()),
                 .learning_rate = settings.learning_rate,
                 .batch = settings.batch,
                 .epochs = static_cast<int>(trained.epochs.size()),
                 .best_epoch = trained.best_epoch,
                 .seed = settings.seed,
                 .validation_error = trained.epochs[static_cast<std::size_t>(trained.best_epoch) - 1].validation_error};
  return provenance;
}

} // namespace

FineTuned fine_tune(const ModelSource& source, const Layer& layer, const TrainingData& data,
                    const FineTuneSettings& settings, const Provenance& provenance, const std::stop_token& stop,
                    const std::function<void(const FineTuneProgress&)>& progress) {
  check(layer, data, settings);
  Training training = begin(source, layer, data, settings, stop, progress);
  FineTuned result;
  FineTuneProgress now;
  double lowest = 0;
  try {
    for (int epoch = 1; epoch <= settings.epochs; ++epoch) {
      now = {.epoch = epoch};
      const Epoch ended = training.run_epoch(now);
      result.epochs.push_back(ended);
      if (result.best_epoch == 0 || ended.validation_loss < lowest) {
        result.best_epoch = epoch;
        lowest = ended.validation_loss;
        training.keep_state();
      }
      now.finished = ended;
      if (progress)
        progress(now);
    }
  } catch (const Cancelled&) {
    result.ended_early = result.epochs.empty()
                             ? "Stopped before the first epoch was finished, so there is no state to keep."
                             : fmt::format("Stopped in epoch {} of {}.", now.epoch, settings.epochs);
  } catch (const Error& e) {
    if (result.epochs.empty())
      throw;
    result.ended_early = e.what();
  }
  if (result.best_epoch == 0)
    return result;
  training.finish();
  result.archive = training.archive(provenance_of(result, layer, data, settings, provenance));
  try {
    now = {.stage = FineTuneProgress::Stage::Test, .epoch = result.best_epoch};
    result.predictions = training.predict(data.test, now);
  } catch (const Cancelled&) {
    if (result.ended_early.empty())
      result.ended_early = "Stopped before the test images were predicted.";
  } catch (const Error& e) { // this also keeps the best state
    if (result.ended_early.empty())
      result.ended_early = e.what();
  }
  return result;
}

} // namespace scalescope
