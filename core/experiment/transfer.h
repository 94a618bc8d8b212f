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

/// The settings. Source of the task: Graziani et al. 2021 (nuclei at several magnifications).
struct TransferSettings {
  /// Names, and "full": last_pooled_layer(); "blocks": all of them; "auto": `auto_layer`.
  std::vector<std::string> layers{"full", "auto"};
  /// The layer that "auto" means. Empty: the block with the best mean R2 of the magnification. That choice uses the
  /// rows of the report, so its scores look slightly better than they are.
  std::string auto_layer;
  Preprocessing preprocessing;
  PatchSettings patches;               ///< their side is the network's input size
  int batch = 16;                      ///< patches per batch
  Protocol protocol = Protocol::Ridge; ///< or RidgeUnclipped: folds that hold out every row once per repetition
  int repetitions = 10;
  std::uint32_t seed = 0; ///< of the folds
};

/// How well one target is read from one layer: scores of the held-out predictions, one value per repetition.
struct TargetScore {
  std::vector<double> r2;
  std::vector<double> error; ///< mean absolute, in the target's unit
  std::vector<double> kappa; ///< Cohen's kappa between the magnification nearest to the prediction and the true one
};

struct TransferLayer {
  std::string name;
  int channels = 0;
  int depth = 0;              ///< Layer::depth
  TargetScore area;           ///< of nuclei, in pixels of the patch; its class is the one with the nearest mean area
  TargetScore magnification;  ///< as log2, so an error of 1 is a factor of 2; its class is the nearest one
  double largest_z_score = 0; ///< LayerScore::largest_z_score
};

/// The scores of all layers on both targets.
struct Transfer {
  std::vector<double> magnifications; ///< the classes: the magnifications with patches, ascending
  Patches patches;                    ///< the rows, in their order
  std::vector<TransferLayer> layers;  ///< from input to output
  std::string full_layer;             ///< the layer that "full" means; auto_layer likewise; empty if not chosen
  std::string auto_layer;
  double baseline_area_error = 0;          ///< mean absolute error of always guessing the mean of the training rows
  double baseline_magnification_error = 0; ///< the same for the magnification, as log2
  Folds folds;                             ///< over source images
  PoolingTally tally;                      ///< of the pass through the network
  std::vector<std::string> notes;          ///< notes for readers of the scores: see sensitivity_note
  double seconds = 0;                      ///< for patches and the network
  double fit_seconds = 0;
};

/// The layer with the input of a network's head: the module that pools the last block's map, or a following module
/// without weights; if there is none, the last block (its spatial mean is the same).
[[nodiscard]] std::string last_pooled_layer(const Network& network);

/// Crops patches of several magnifications from images of one, runs them through the network, and regresses the mean
/// area of their nuclei, and their magnification, on each layer's pooled features: ridge regression, folds over source
/// images (see Folds). Each prediction is then assigned to a magnification; the mean
/// areas of the classes are those of the rows that the regression was fitted on.
/// @throws Error, naming the file if one is at fault; Cancelled when stopped.
[[nodiscard]] Transfer transfer(const Network& network, std::span<const LabelledImage> images,
                                const TransferSettings& settings, const std::stop_token& stop = {},
                                const JobCallback& progress = {});

} // namespace scalescope
