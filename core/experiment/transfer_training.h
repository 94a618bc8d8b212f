#pragma once

#include "core/experiment/transfer.h"
#include "core/network/fine_tune.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// How to train networks for the task of a transfer.
struct TransferTrainingSettings {
  std::vector<std::string> layers; ///< the network is pruned after each of these; truncation_point() must allow them
  FineTuneSettings training;       ///< run r has its seed plus r
  int runs = 3;                    ///< per layer, each with other held-out images and another new layer
};

/// The layers to train up to: those of "full", "auto" and names in the settings, each once. "blocks" and empty names
/// are skipped.
/// @param full,auto_layer as in Transfer.
[[nodiscard]] std::vector<std::string> layers_to_train(const TransferSettings& settings, const std::string& full,
                                                       const std::string& auto_layer);

/// One network that was trained to read the mean area of nuclei.
struct TrainingRun {
  std::uint64_t seed = 0;
  int training = 0; ///< patches to learn from,
  int validation = 0;
  int test = 0;
  std::vector<Epoch> epochs; ///< errors in pixels
  int best_epoch = 0;        ///< FineTuned::best_epoch
  std::string ended_early;   ///< FineTuned::ended_early
  bool tested = false;       ///< if false, the following members are not known
  double r2 = 0;             ///< of the test patches' areas
  double error = 0;          ///< mean absolute, in pixels
  double kappa = 0; ///< Cohen's kappa between the magnification with the nearest mean training area and the true one
};

/// The network pruned after one layer, trained several times.
struct TrainedLayer {
  std::string name;
  std::vector<TrainingRun> runs;
  std::string archive; ///< of the run with the lowest validation error: see FineTuned
};

struct TransferTraining {
  std::vector<TrainedLayer> layers; ///< as chosen; fewer if it ended early
  bool stopped = false;             ///< before all runs were finished
  std::string failure;              ///< the Error that ended it, or ""
  double seconds = 0;
};

/// The progress of the training.
struct TransferTrainingProgress {
  std::string layer;
  int run = 0; ///< counted from 0
  FineTuneProgress training;
  std::size_t layer_index = 0; ///< of the layers to train up to, counted from 0
};

/// Trains the network, pruned after each of the layers, to return the mean area of the nuclei in a patch: see
/// fine_tune. In every run, a fifth of the source images is held out for the test and another fifth for validation, by
/// the first two folds of the repetition with that seed. A stop or an error ends it early, but keeps the best state so
/// far.
/// @param transfer of these images with these settings: its patches are the data.
/// @param origin see origin_of(). Up to 256 MB of 8-bit patches are kept in memory, so that not every epoch decodes
/// every image; others are cropped again.
[[nodiscard]] TransferTraining
train_for_transfer(const Network& network, std::span<const LabelledImage> images, const Transfer& transfer,
                   const TransferSettings& settings, const TransferTrainingSettings& how, Provenance origin,
                   const std::stop_token& stop = {},
                   const std::function<void(const TransferTrainingProgress&)>& progress = {});

} // namespace scalescope
