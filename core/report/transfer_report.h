#pragma once

#include "core/base/files.h"
#include "core/experiment/transfer_training.h"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace scalescope {

/// The input of a transfer, for its page and record.
struct TransferContext {
  ModelSource model;
  RunOptions run;
  std::string data; ///< the folder
  LabelledSet set;  ///< as read
  TransferSettings settings;
  std::string preprocessing_reason; ///< "given", "what efficientnet_lite0 was trained with", ...
  std::string version;              ///< of ScaleScope
  /// The results and settings of trained networks.
  std::optional<TransferTraining> training = {};
  TransferTrainingSettings training_settings = {};
};

/// transfer.csv: layer,depth,channels, then the mean and standard deviation over the repetitions of r2, mae and kappa,
/// for the area and for the magnification. Numbers are the shortest that read back equal.
[[nodiscard]] std::string transfer_csv(const Transfer& transfer);

/// A sentence: the best layers for magnification and area, and the values of the last pooled features.
[[nodiscard]] std::string headline_of(const Transfer& transfer);

/// The files that a transfer reads: the network's, images and masks.
[[nodiscard]] std::vector<std::filesystem::path> inputs_of(const TransferContext& context);
/// The files that write_transfer writes. @param trained the layers that networks are, or may be, trained up to.
[[nodiscard]] std::vector<std::string> transfer_files(std::span<const std::string> trained);

/// Writes transfer.csv, transfer.json (everything needed to run it again), kappa.svg and report.html into the set; of
/// trained networks also fine-tuning.csv (one line per epoch) and fine-tuned/LAYER.pt. The caller commits. @throws
/// Error if an image that the page shows patches of can't be read any more.
void write_transfer(FileSet& files, const Transfer& transfer, const Network& network, const TransferContext& context);

} // namespace scalescope
