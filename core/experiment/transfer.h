#pragma once

#include "core/experiment/patches.h"
#include "core/features/pool_generated.h"
#include "core/image/preprocessing.h"
#include "core/network/network.h"
#include "core/probe/probe.h"

#include <span>
#include <string>
#include <vector>

namespace scalescope {

/// What to find out. Source of the task: Graziani et al. 2021 (nuclei at several magnifications).
struct TransferSettings {
  /// Names, and "full": last_pooled_layer(); "blocks": all of them; "auto": `auto_layer`.
  std::vector<std::string> layers{"full", "auto"};
  /// What "auto" stands for. Empty: all blocks are looked at, and it is the one with the best mean R2 of the
  /// magnification; that choice is made on the rows that are then reported, so it looks a little better than it is.
  std::string auto_layer;
  Preprocessing preprocessing;
  PatchSettings patches;                ///< their side is the network's input size
  int batch = 16;                       ///< patches per batch
  Protocol protocol = Protocol::Robust; ///< or Clipped: folds that hold out every row once a repetition
  int repetitions = 10;
  std::uint32_t seed = 0; ///< of the folds
};

/// How well one target is read from one layer: of the held-out predictions, one value a repetition.
struct TargetScore {
  std::vector<double> r2;
  std::vector<double> error; ///< mean absolute, in the target's unit
  std::vector<double> kappa; ///< Cohen's, of the magnification that the prediction stands for and the true one
};

struct TransferLayer {
  std::string name;
  int channels = 0;
  int depth = 0;              ///< Layer::depth
  TargetScore area;           ///< of nuclei, in pixels of the patch; its class is the one whose mean area is nearest
  TargetScore magnification;  ///< log2 of it, so an error of 1 is a factor of 2; its class is the one nearest to that
  double largest_z_score = 0; ///< LayerScore::largest_z_score
};

/// The answer.
struct Transfer {
  std::vector<double> magnifications; ///< the classes: those that there are patches of, ascending
  Patches patches;                    ///< the rows, in their order
  std::vector<TransferLayer> layers;  ///< from input to output
  std::string full_layer;             ///< the layer that "full" stood for; auto_layer likewise; empty if not asked for
  std::string auto_layer;
  double guess_area_error = 0;          ///< mean absolute error of always guessing the mean of the training rows
  double guess_magnification_error = 0; ///< likewise
  Folds folds;                          ///< over source images
  PoolingTally tally;                   ///< of the pass through the network
  std::vector<std::string> notes;       ///< what a person should know who reads the scores: see stability_note
  double seconds = 0;                   ///< for patches and the network
  double fit_seconds = 0;
};

/// The pooled features that a network's head works on: the layer that pools the last block's map, or what follows on it
/// without weights, where that is a module of its own; else the last block, whose spatial mean they are.
[[nodiscard]] std::string last_pooled_layer(const Network& network);

/// Cuts patches of several magnifications out of images of one, sends them through the network, and regresses the mean
/// area of their nuclei, and their magnification, on each layer's pooled features by the robust or the clipped
/// protocol: folds over source images, ridge (see Folds). The magnification is then read off either prediction; the
/// classes' mean areas are those of the rows that the regression was fitted on.
/// @throws Error, naming the file if one is at fault; Cancelled when stopped.
[[nodiscard]] Transfer transfer(const Network& network, std::span<const LabelledImage> images,
                                const TransferSettings& settings, const std::stop_token& stop = {},
                                const JobCallback& progress = {});

} // namespace scalescope
