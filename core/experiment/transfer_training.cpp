#include "core/experiment/transfer_training.h"

#include "core/base/error.h"
#include "core/base/statistics.h"
#include "core/features/network_image.h"
#include "core/probe/agreement.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <mutex>

namespace scalescope {
namespace {

/// The pixels of patches, kept from first use on while there is room.
class PatchPixels {
 public:
  PatchPixels(std::span<const LabelledImage> images, const Patches& patches, int side, Interpolation interpolation)
      : images_(images), patches_(patches), side_(side), interpolation_(interpolation), kept_(patches.patches.size()) {}

  std::shared_ptr<const Image> get(std::size_t i) {
    {
      const std::scoped_lock lock(mutex_);
      if (kept_[i])
        return kept_[i];
    }
    const Patch& patch = patches_.patches[i];
    const Image whole = read_labelled(images_[patch.image], patches_.sizes[patch.image]);
    auto made = std::make_shared<const Image>(crop_patch(whole, patch, side_, interpolation_));
    const std::scoped_lock lock(mutex_);
    if (bytes_ + made->pixels.size() <= most_bytes) {
      bytes_ += made->pixels.size();
      kept_[i] = made;
    }
    return made;
  }

 private:
  static constexpr std::size_t most_bytes = std::size_t{256} << 20;

  std::span<const LabelledImage> images_;
  const Patches& patches_;
  int side_;
  Interpolation interpolation_;
  std::mutex mutex_; ///< guards what follows
  std::vector<std::shared_ptr<const Image>> kept_;
  std::size_t bytes_ = 0;
};

/// The patches for training, validation and test of a run.
void split(TrainingData& data, const Repetition& repetition) {
  data.training.clear();
  data.validation.assign(repetition.splits[1].test.begin(), repetition.splits[1].test.end());
  data.test.assign(repetition.splits[0].test.begin(), repetition.splits[0].test.end());
  for (const int row : repetition.splits[0].train)
    if (!std::ranges::binary_search(repetition.splits[1].test, row))
      data.training.push_back(static_cast<std::size_t>(row));
}

class Scoring {
 public:
  explicit Scoring(const Transfer& transfer) : transfer_(transfer) {
    for (const Patch& patch : transfer.patches.patches)
      classes_.push_back(nearest_class(patch.magnification, transfer.magnifications));
  }

  void score(TrainingRun& run, const TrainingData& data, std::span<const double> predictions) const {
    const std::vector<double> class_areas = mean_areas(data);
    std::vector<double> truth;
    std::vector<int> is;
    std::vector<int> read;
    for (std::size_t i = 0; i < data.test.size(); ++i) {
      truth.push_back(data.targets[data.test[i]]);
      is.push_back(classes_[data.test[i]]);
      read.push_back(nearest_class(predictions[i], class_areas));
    }
    double squares = 0;
    for (std::size_t i = 0; i < truth.size(); ++i)
      squares += (truth[i] - predictions[i]) * (truth[i] - predictions[i]) / static_cast<double>(truth.size());
    run.r2 = 1 - squares / (standard_deviation_of(truth) * standard_deviation_of(truth));
    run.error = mean_absolute_error(truth, predictions);
    run.kappa = cohen_kappa(is, read);
    run.tested = true;
  }

 private:
  /// The mean area of each class's training patches; infinite if there are none, so that it is never the nearest.
  [[nodiscard]] std::vector<double> mean_areas(const TrainingData& data) const {
    std::vector<double> sums(transfer_.magnifications.size());
    std::vector<double> counts(sums.size());
    for (const std::size_t i : data.training) {
      sums[static_cast<std::size_t>(classes_[i])] += data.targets[i];
      ++counts[static_cast<std::size_t>(classes_[i])];
    }
    for (std::size_t c = 0; c < sums.size(); ++c)
      sums[c] = counts[c] > 0 ? sums[c] / counts[c] : std::numeric_limits<double>::infinity();
    return sums;
  }

  const Transfer& transfer_;
  std::vector<int> classes_; ///< of each patch
};

Folds folds_of(const Transfer& transfer, std::span<const LabelledImage> images, int runs, std::uint64_t seed) {
  std::vector<std::string> groups;
  for (const Patch& patch : transfer.patches.patches)
    groups.push_back(images[patch.image].id);
  return draw_folds(Protocol::Ridge, transfer.folds.rows, groups, runs, static_cast<std::uint32_t>(seed));
}

double lowest_error(const TrainingRun& run) {
  return run.best_epoch == 0 ? std::numeric_limits<double>::infinity()
                             : run.epochs[static_cast<std::size_t>(run.best_epoch) - 1].validation_error;
}

} // namespace

std::vector<std::string> layers_to_train(const TransferSettings& settings, const std::string& full,
                                         const std::string& auto_layer) {
  std::vector<std::string> layers;
  for (const std::string& wanted : settings.layers) {
    const std::string& name = wanted == "full" ? full : wanted == "auto" ? auto_layer : wanted;
    if (wanted != "blocks" && !name.empty() && std::ranges::find(layers, name) == layers.end())
      layers.push_back(name);
  }
  return layers;
}

TransferTraining train_for_transfer(const Network& network, std::span<const LabelledImage> images,
                                    const Transfer& transfer, const TransferSettings& settings,
                                    const TransferTrainingSettings& how, Provenance origin, const std::stop_token& stop,
                                    const std::function<void(const TransferTrainingProgress&)>& progress) {
  const auto start = std::chrono::steady_clock::now();
  origin.target = "mean area of the nuclei in pixels";
  PatchPixels pixels(images, transfer.patches, settings.patches.side, settings.preprocessing.resizing.interpolation);
  TrainingData data{.targets = {},
                    .side = settings.patches.side,
                    .load =
                        [&](std::size_t i, std::span<float> into) {
                          preprocess_for(network.info().input_form, *pixels.get(i), settings.preprocessing, into);
                        },
                    .training = {},
                    .validation = {},
                    .input_form = network.info().input_form};
  for (const Patch& patch : transfer.patches.patches)
    data.targets.push_back(patch.area);
  const Folds folds = folds_of(transfer, images, how.runs, how.training.seed);
  const Scoring scoring(transfer);
  TransferTraining result;
  try {
    for (const std::string& name : how.layers) {
      TrainedLayer& layer = result.layers.emplace_back();
      layer.name = name;
      double lowest = std::numeric_limits<double>::infinity();
      for (int r = 0; r < how.runs && !result.stopped; ++r) {
        split(data, folds.repetitions[static_cast<std::size_t>(r)]);
        FineTuneSettings training = how.training;
        training.seed += static_cast<std::uint64_t>(r);
        FineTuned trained = fine_tune(network.info().source, network.layer(name), data, training, origin, stop,
                                      [&](const FineTuneProgress& now) {
                                        if (progress)
                                          progress({name, r, now, result.layers.size() - 1});
                                      });
        TrainingRun& run = layer.runs.emplace_back();
        run = {.seed = training.seed,
               .training = static_cast<int>(data.training.size()),
               .validation = static_cast<int>(data.validation.size()),
               .test = static_cast<int>(data.test.size()),
               .epochs = std::move(trained.epochs),
               .best_epoch = trained.best_epoch,
               .ended_early = std::move(trained.ended_early)};
        if (!trained.predictions.empty())
          scoring.score(run, data, trained.predictions);
        if (lowest_error(run) < lowest) {
          lowest = lowest_error(run);
          layer.archive = std::move(trained.archive);
        }
        result.stopped = stop.stop_requested();
      }
      if (result.stopped)
        break;
    }
  } catch (const Error& e) {
    result.failure = e.what();
    if (result.layers.back().runs.empty())
      result.layers.pop_back();
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

} // namespace scalescope
