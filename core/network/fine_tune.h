#pragma once

#include "core/network/network.h"
#include "core/network/provenance.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// Images, by number, and their targets.
struct TrainingData {
  std::vector<double> targets; ///< one per image, in any unit
  int side = 0;                ///< of the square images, in pixels
  /// Writes image i, preprocessed, into `pixels`: 3 x side x side, all of them. Called from several threads at once,
  /// once per epoch for each training image; fine_tune rethrows its exceptions.
  std::function<void(std::size_t i, std::span<float> pixels)> load;
  std::vector<std::size_t> training;   ///< the training images, at least two
  std::vector<std::size_t> validation; ///< the images that choose the best epoch, at least one
  std::vector<std::size_t> test = {};  ///< the images that are predicted at the end
  InputForm input_form = {};           ///< of the network
};

/// How to train. The defaults are those of Graziani et al. 2021.
struct FineTuneSettings {
  double learning_rate = 1e-4; ///< of Adam (betas 0.9 and 0.999)
  int batch = 32;              ///< images per step; a single last one joins the batch before
  int epochs = 5;
  std::uint64_t seed = 0;      ///< of the new layer, of the order of images and of dropout
  std::string device = "auto"; ///< as RunOptions::device
  int threads = 0;             ///< 0: as many as there are cores
};

/// The result of an epoch. Losses are mean squared errors of the standardised target (minus the mean of the training
/// targets, divided by their standard deviation), so guessing that mean has a loss of about 1.
struct Epoch {
  double training_loss = 0; ///< mean over the training images, each before the step of its batch
  double validation_loss = 0;
  double validation_error = 0; ///< mean absolute, in the target's unit
};

/// The progress of the training, after each batch.
struct FineTuneProgress {
  enum class Stage { Training, Validation, Test };
  Stage stage = Stage::Training;
  int epoch = 1;         ///< counted from 1
  std::int64_t done = 0; ///< images, of `total` in this stage
  std::int64_t total = 0;
  double training_loss = 0;           ///< of the epoch's images so far
  std::optional<Epoch> finished = {}; ///< set in one more call after the epoch's last batch
};

/// A network that was trained.
struct FineTuned {
  std::vector<Epoch> epochs; ///< that were finished
  int best_epoch = 0;        ///< the one with the lowest validation loss, counted from 1; 0: none was finished
  std::string archive;       ///< its state: TorchScript, N x 1 in the target's unit, with its Provenance. "": none
  std::vector<double> predictions; ///< its own, one for each of TrainingData::test; empty if it ended before
  std::string ended_early;         ///< a sentence with the reason if it ended early, or ""
};

/// Trains a network end to end: the part up to and with a layer, pooled over all positions (global average pooling),
/// and a new linear layer with one output, whose weights are drawn as PyTorch does, uniform within 1/sqrt(channels).
/// All parameters are trained, with Adam on the mean squared error of the standardised target. Batch norms and dropout
/// are in training mode meanwhile, also those of a trace. It returns the state after the epoch with the lowest
/// validation loss, with the standardisation folded into the new layer, so that the archive returns the target itself.
/// LibTorch trains. On a CPU the same seed gives the same numbers, with the same number of threads and if no other part
/// of the program uses LibTorch's global generator, which dropout uses. Memory holds the network four times (weights,
/// gradients, Adam's two moments), its best state, and a few batches.
/// @param layer to prune after; truncation_point() must allow it. Or the network itself (""); then its output is
/// pooled. For a whole classifier use the input of its head: the last block, or the layer that pools it.
/// @param provenance says where the network comes from, its preprocessing and the target's name; the rest is filled in.
/// @param stop stops within a batch; then it returns the best state so far, with `ended_early`. It takes minutes: call
/// it from a worker thread. @param progress is called on that thread, and must not throw.
/// @throws Error if the network can't be pruned or trained, memory runs out for a batch (it never uses a smaller batch,
/// which would change the batch norms), or settings or data are invalid. An error after the first epoch ends the
/// training early instead.
[[nodiscard]] FineTuned fine_tune(const ModelSource& source, const Layer& layer, const TrainingData& data,
                                  const FineTuneSettings& settings, const Provenance& provenance,
                                  const std::stop_token& stop = {},
                                  const std::function<void(const FineTuneProgress&)>& progress = {});

} // namespace scalescope
